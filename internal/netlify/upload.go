package netlify

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"

	"rr/schemas"
)

// Options says how a bundle is deployed.
type Options struct {
	// Deploy is the id of a deploy that was begun with this very bundle and not
	// ended (compare Bundle.Hash): what it still requires is sent. A new deploy
	// is begun when empty.
	Deploy string

	Title  string // shown in Netlify's list
	Branch string // of a branch deploy; empty for production
	Draft  bool   // is not published

	// Parallel is how many files are sent at once; 0 is 4.
	Parallel int

	// Poll is how long to wait between two looks at the deploy; 0 is 2 s.
	Poll time.Duration

	// Begun is told the id of a new deploy before anything else is sent, so that
	// it can be gone on with. Its error ends the upload. nil is nobody.
	Begun func(deploy string) error
}

// asyncFrom is the number of files above which the API finds out in its own
// time what it requires, and is asked to; the number is that of the official
// client.
const asyncFrom = 100

// Longest is how long an upload takes at most when its context has no
// deadline. The official client waits for as long.
const Longest = 20 * time.Minute

// Upload deploys a bundle and waits until the deploy is ready or has failed, at
// most to the deadline of the context. Only files and functions that the API
// does not have are sent, straight from disk. Sending one is tried again after
// 5, 5, 10, 15 and 25 s when the API was unavailable or limited; the deploy
// itself is begun and told its content once.
//
// The deploy that is given with an error is the last that is known; when it has
// an id, the upload can be gone on with. A *DeployError is a deploy that failed,
// for good. An error that is a schemas.ErrOutcomeUnknown says that the deploy
// may still become ready.
func (c *Client) Upload(ctx context.Context, site string, b Bundle, o Options) (Deploy, error) {
	if len(b.Files) == 0 && len(b.Functions) == 0 {
		return Deploy{}, &Error{Op: "deploy to site " + line(site, 100), Kind: Invalid, Text: "there is nothing to deploy"}
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, Longest)
		defer cancel()
	}
	u := upload{client: c, site: site, bundle: b, options: o}
	if err := u.begin(ctx); err != nil {
		return u.deploy, err
	}
	if err := u.tell(ctx); err != nil {
		return u.deploy, err
	}
	if err := u.send(ctx); err != nil {
		return u.deploy, err
	}

	return u.deploy, u.await(ctx, "", StateReady)
}

// upload is one upload under way.
type upload struct {
	client  *Client
	site    string
	bundle  Bundle
	options Options
	deploy  Deploy // as it was last seen
}

// begin makes a new deploy, or looks how far an earlier one got.
func (u *upload) begin(ctx context.Context) error {
	var err error
	if u.options.Deploy != "" {
		u.deploy, err = u.client.Deploy(ctx, u.site, u.options.Deploy)
		if err != nil {
			u.deploy.ID = u.options.Deploy
		}
		return err
	}
	query := url.Values{}
	if u.options.Title != "" {
		query.Set("title", u.options.Title)
	}
	u.deploy, err = u.client.deploy(ctx, question{
		op:     "begin a deploy to site " + line(u.site, 100),
		method: http.MethodPost,
		path:   segments("sites", u.site, "deploys"),
		query:  query,
		body: struct {
			Draft  bool   `json:"draft"`
			Branch string `json:"branch,omitempty"`
		}{u.options.Draft, u.options.Branch},
	})
	if err != nil || u.options.Begun == nil {
		return err
	}
	if err := u.options.Begun(u.deploy.ID); err != nil {
		return fmt.Errorf("deploy %s was begun and not gone on with: %w", u.deploy.ID, err)
	}

	return nil
}

// tell gives a new deploy the digests of all that it is to have. One that knows
// them already has its own list of what it requires.
func (u *upload) tell(ctx context.Context) error {
	switch u.deploy.State {
	case StateNew, "":
	case StatePreparing:
		return u.await(ctx, "prepare", StatePrepared, StateUploading, StateUploaded, StateProcessing, StateReady)
	default:
		return nil
	}
	told, err := u.client.deploy(ctx, question{
		op:     "tell deploy " + u.deploy.ID + " its content",
		method: http.MethodPut,
		path:   segments("sites", u.site, "deploys", u.deploy.ID),
		body:   u.content(),
	})
	if err != nil {
		return err
	}
	u.deploy = told
	if u.async() {
		return u.await(ctx, "prepare", StatePrepared, StateUploading, StateUploaded, StateProcessing, StateReady)
	}

	return nil
}

func (u *upload) async() bool { return len(u.bundle.Files) > asyncFrom }

// content is the bundle by its digests.
type content struct {
	Files     map[string]string         `json:"files"`
	Functions map[string]string         `json:"functions,omitempty"`
	Schedules []Schedule                `json:"function_schedules,omitempty"`
	Config    map[string]FunctionConfig `json:"functions_config,omitempty"`
	Async     bool                      `json:"async"`
	Draft     bool                      `json:"draft"`
	Branch    string                    `json:"branch,omitempty"`
}

func (u *upload) content() content {
	told := content{
		Files: map[string]string{}, Functions: map[string]string{}, Config: map[string]FunctionConfig{},
		Schedules: u.bundle.Schedules, Async: u.async(), Draft: u.options.Draft, Branch: u.options.Branch,
	}
	for name, f := range u.bundle.Files {
		told.Files[name] = f.Sum
	}
	for name, f := range u.bundle.Functions {
		told.Functions[name] = f.Sum
		told.Config[name] = f.Config
	}

	return told
}

// send sends what the deploy requires.
func (u *upload) send(ctx context.Context) error {
	if u.deploy.State == StateReady {
		return nil
	}
	transfers, err := u.transfers()
	if err != nil {
		return err
	}

	err = sendAll(ctx, transfers, u.options.Parallel, u.client.transfer)
	if lost(err) && u.arrived(ctx) {
		return nil
	}
	if err != nil && KindOf(err) == "" { // the context ended
		return fmt.Errorf("send to deploy %s: %w: %w", u.deploy.ID, err, schemas.ErrOutcomeUnknown)
	}

	return err
}

// arrived looks whether all is there although an answer was lost: then the
// deploy has gone on by itself, and takes nothing any more.
func (u *upload) arrived(ctx context.Context) bool {
	seen, err := u.client.Deploy(ctx, u.site, u.deploy.ID)
	if err != nil {
		return false
	}
	u.deploy = seen

	return seen.State != StateNew && seen.State != StatePrepared && seen.State != StateUploading
}

// transfers are the files and functions that the deploy requires, each path of
// one content, as the official client sends them.
func (u *upload) transfers() ([]transfer, error) {
	files, functions := map[string][]string{}, map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(u.bundle.Files)) {
		files[u.bundle.Files[name].Sum] = append(files[u.bundle.Files[name].Sum], name)
	}
	for _, name := range slices.Sorted(maps.Keys(u.bundle.Functions)) {
		functions[u.bundle.Functions[name].Sum] = append(functions[u.bundle.Functions[name].Sum], name)
	}
	var all []transfer
	for _, sum := range unique(u.deploy.Required) {
		if len(files[sum]) == 0 {
			return nil, u.unknown("file", sum)
		}
		for _, name := range files[sum] {
			all = append(all, u.fileTransfer(name))
		}
	}
	for _, sum := range unique(u.deploy.RequiredFunctions) {
		if len(functions[sum]) == 0 {
			return nil, u.unknown("function", sum)
		}
		for _, name := range functions[sum] {
			all = append(all, u.functionTransfer(name))
		}
	}

	return all, nil
}

// unknown is the error of a deploy that was begun with something else.
func (u *upload) unknown(what, sum string) error {
	return &Error{Op: "go on with deploy " + u.deploy.ID, Kind: Invalid, Text: fmt.Sprintf("it requires a %s %s that is not there any more; begin a new deploy", what, line(sum, 64))}
}

func unique(sums []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(sums)))
}
