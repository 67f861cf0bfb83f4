package netlify

import (
	"context"
	"encoding/json"
	"errors"
)

// Functions asks for the functions of a site's published deploy. The API's
// description promises a list of objects with functions, its own clients read
// one such object; this takes both.
func (c *Client) Functions(ctx context.Context, site string) ([]Function, error) {
	var groups oneOf[functionGroup]
	if err := c.get(ctx, "ask for the functions of site "+line(site, 100), segments("sites", site, "functions"), nil, &groups); err != nil {
		return nil, err
	}
	var all []Function
	for _, group := range groups {
		all = append(all, group.Functions...)
	}

	return all, nil
}

// functionGroup is {"functions":[{"n":…}]}, or one function itself.
type functionGroup struct{ Functions []Function }

func (g *functionGroup) UnmarshalJSON(raw []byte) error {
	var said struct {
		Name      string     `json:"n"`
		Functions []Function `json:"functions"`
	}
	if err := json.Unmarshal(raw, &said); err != nil {
		return err
	}
	g.Functions = said.Functions
	if said.Name != "" {
		g.Functions = append(g.Functions, Function{Name: said.Name})
	}
	if g.Functions == nil {
		return errors.New("neither a function nor functions")
	}

	return nil
}
