package githubtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

func (c *call) listWorkflows() reply {
	part, link := page(c, c.repo.Workflows, 0)
	shown := []any{}
	for _, w := range part {
		shown = append(shown, c.showWorkflow(w))
	}

	return reply{status: http.StatusOK, body: map[string]any{"total_count": len(c.repo.Workflows), "workflows": shown}, link: link}
}

func (c *call) getWorkflow() reply {
	w := c.repo.Workflow(c.PathValue("workflow"))
	if w == nil {
		return problem(http.StatusNotFound, "Not Found")
	}

	return ok(c.showWorkflow(w))
}

func (c *call) enableWorkflow() reply {
	w := c.repo.Workflow(c.PathValue("workflow"))
	if w == nil {
		return problem(http.StatusNotFound, "Not Found")
	}
	w.State, w.UpdatedAt = "active", c.s.now()

	return noContent()
}

func (c *call) disableWorkflow() reply {
	w := c.repo.Workflow(c.PathValue("workflow"))
	if w == nil {
		return problem(http.StatusNotFound, "Not Found")
	}
	w.State, w.UpdatedAt = "disabled_manually", c.s.now()

	return noContent()
}

// dispatch runs a workflow that has the trigger on the ref that is named.
func (c *call) dispatch() reply {
	var body struct {
		Ref     string         `json:"ref"`
		Inputs  map[string]any `json:"inputs"`
		Details bool           `json:"return_run_details"`
	}
	if wrong, decoded := c.decode(&body); !decoded {
		return wrong
	}
	w := c.repo.Workflow(c.PathValue("workflow"))
	if w == nil {
		return problem(http.StatusNotFound, "Not Found")
	}
	branch := strings.TrimPrefix(body.Ref, "refs/heads/")
	sha, found := c.repo.Branches[branch]
	if !found {
		return problem(http.StatusUnprocessableEntity, "No ref found for: "+body.Ref)
	}
	if w.State != "active" {
		return problem(http.StatusUnprocessableEntity, "Cannot trigger a 'workflow_dispatch' on a disabled workflow")
	}
	inputs, triggered := dispatchInputs(c.repo.Commits[sha].Files[w.Path])
	if !triggered {
		return problem(http.StatusUnprocessableEntity, "Workflow does not have 'workflow_dispatch' trigger")
	}
	for _, name := range slices.Sorted(maps.Keys(body.Inputs)) {
		if _, known := inputs[name]; !known {
			return problem(http.StatusUnprocessableEntity, fmt.Sprintf("Unexpected inputs provided: [%q]", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		if _, given := body.Inputs[name]; inputs[name] && !given {
			return problem(http.StatusUnprocessableEntity, fmt.Sprintf("Required input '%s' not provided", name))
		}
	}
	run := c.repo.AddRun(w.Path[strings.LastIndex(w.Path, "/")+1:], "workflow_dispatch", "")
	run.Branch, run.SHA, run.Title, run.Actor = branch, sha, w.Name, c.token.Login
	if !body.Details || c.world.Enterprise {
		return noContent()
	}

	return ok(map[string]any{"workflow_run_id": run.ID, "run_url": c.ofRepo("/actions/runs/%d", run.ID), "html_url": c.html("/actions/runs/%d", run.ID)})
}

// dispatchInputs reads the inputs of a workflow_dispatch, true for those that
// are required and have no default, and whether the trigger is there.
func dispatchInputs(content string) (inputs map[string]bool, triggered bool) {
	var file struct {
		On yaml.Node `yaml:"on"`
	}
	if yaml.Unmarshal([]byte(content), &file) != nil {
		return nil, false
	}
	switch file.On.Kind {
	case yaml.ScalarNode:
		return nil, file.On.Value == "workflow_dispatch"
	case yaml.SequenceNode:
		return nil, slices.ContainsFunc(file.On.Content, func(n *yaml.Node) bool { return n.Value == "workflow_dispatch" })
	}
	var on map[string]yaml.Node
	if file.On.Decode(&on) != nil {
		return nil, false
	}
	node, triggered := on["workflow_dispatch"]
	var trigger struct {
		Inputs map[string]struct {
			Required bool `yaml:"required"`
			Default  any  `yaml:"default"`
		} `yaml:"inputs"`
	}
	if node.Decode(&trigger) != nil {
		return nil, triggered
	}
	inputs = map[string]bool{}
	for name, input := range trigger.Inputs {
		inputs[name] = input.Required && input.Default == nil
	}

	return inputs, triggered
}

func workflowName(content string) string {
	var file struct {
		Name string `yaml:"name"`
	}
	if yaml.Unmarshal([]byte(content), &file) != nil {
		return ""
	}

	return file.Name
}
