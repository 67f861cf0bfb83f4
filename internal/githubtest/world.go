package githubtest

import (
	"crypto/rsa"
	"crypto/sha1"
	"fmt"
	"maps"
	"path"
	"slices"
	"time"
)

// World is all that the server knows. Tests change it within Server.Change.
type World struct {
	Repos  map[string]*Repo  // by owner/name
	Tokens map[string]*Token // by the token itself
	Apps   map[int64]*App
	Moved  map[string]string // from owner/name to owner/name: answered with a 301

	// Enterprise makes it a server of one's own, which does not tell the run of
	// a dispatch.
	Enterprise bool

	now    func() time.Time
	lastID int64
}

// Token is who asks. A token that is not in the world is answered with a 401,
// and none at all may read what is public, 60 times an hour.
type Token struct {
	Login     string
	Scopes    []string  // of a classic token; nil for any other
	ExpiresAt time.Time // zero for never
	Admin     bool      // of every repository

	// Permissions of a token that is not classic, such as "actions": "write";
	// nil for all.
	Permissions map[string]string

	// Limit is the number of requests in an hour, 0 for 5,000. Used and ResetAt
	// belong to the running hour of core, SearchUsed and SearchResetAt to the
	// running minute of searches.
	Limit         int
	Used          int
	ResetAt       time.Time
	SearchUsed    int
	SearchResetAt time.Time

	app bool // of an installation
}

// App is a GitHub App.
type App struct {
	Key           *rsa.PublicKey
	Installations map[int64]Installation
}

// Installation is where an App was installed and what it may.
type Installation struct {
	Permissions map[string]string // nil for all
	Suspended   bool
}

// Repo is a repository.
type Repo struct {
	ID            int64
	Owner, Name   string
	DefaultBranch string
	Private       bool
	Archived      bool
	Disabled      bool
	NoIssues      bool

	Workflows []*Workflow
	Runs      []*Run
	Commits   map[string]*Commit // by sha
	Branches  map[string]string  // name to sha
	Protected map[string]bool    // branches that take no push
	Pulls     []*Pull
	Issues    []*Issue

	ActionsDisabled     bool
	AllowedActions      string // all, local_only or selected
	Secrets             []Secret
	OrganizationSecrets []Secret // that the repository gets
	Runners             []Runner
	CacheBytes          int64
	CacheCount          int
	Deployments         []Deployment
	Deliveries          map[int64][]Delivery // by hook

	CreatedAt, PushedAt time.Time

	world *World
}

// Workflow is what GitHub knows of a workflow file. The content is in the
// commits.
type Workflow struct {
	ID        int64
	Name      string // the path, when GitHub could not read the file
	Path      string
	State     string // active, disabled_manually, disabled_inactivity, …
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Run is a run of a workflow with all its attempts.
type Run struct {
	ID         int64
	WorkflowID int64
	Number     int
	Event      string
	Branch     string
	SHA        string
	Title      string
	Actor      string
	CreatedAt  time.Time
	Attempts   []*Attempt // at least one
	Pending    []PendingDeployment
	PullNumber int    // of the pull request that it ran for
	Fork       string // owner/name of the repository that its commit is of; empty for its own

	Stubborn bool // a cancel is accepted and does nothing
	Forced   bool // a force-cancel is refused with 409
}

// Latest is the newest attempt.
func (r *Run) Latest() *Attempt { return r.Attempts[len(r.Attempts)-1] }

// Attempt is one try of a run.
type Attempt struct {
	Status     string // queued, in_progress, completed, waiting, requested, pending
	Conclusion string // empty until completed
	StartedAt  time.Time
	UpdatedAt  time.Time
	Jobs       []*Job
}

// Job is a job of an attempt.
type Job struct {
	ID          int64
	Name        string
	Attempt     int // of the job itself: a job that was not rerun keeps that of the attempt it ran in
	Status      string
	Conclusion  string
	CreatedAt   time.Time
	StartedAt   time.Time
	CompletedAt time.Time
	Runner      string // empty until one took it
	Labels      []string
	Steps       []Step
	Log         string
}

// Step is a step of a job.
type Step struct {
	Name       string
	Status     string
	Conclusion string
	StartedAt  time.Time
	EndedAt    time.Time
}

// PendingDeployment is what a run waits for.
type PendingDeployment struct {
	EnvironmentID int64
	Environment   string
	MayApprove    bool
}

// Commit is a tree of files and where it came from.
type Commit struct {
	SHA     string
	Message string
	Author  string
	Parents []string
	Files   map[string]string // content by path
	At      time.Time
}

// Pull is a pull request.
type Pull struct {
	Number     int
	Title      string
	Body       string
	Head, Base string // branches of the repository
	State      string // open or closed
	Author     string
	Draft      bool
	MergedAt   time.Time // zero where it was not
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Issue is an issue.
type Issue struct {
	Number    int
	Title     string
	Body      string
	State     string // open or closed
	Labels    []string
	Author    string
	Comments  []string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Secret is the name of a secret and its age.
type Secret struct {
	Name                 string
	CreatedAt, UpdatedAt time.Time
}

// Runner is a machine of one's own.
type Runner struct {
	ID      int64
	Name    string
	OS      string
	Status  string // online or offline
	Busy    bool
	Labels  []string
	Version string
}

// Deployment is one, with its states, the newest first.
type Deployment struct {
	ID          int64
	SHA, Ref    string
	Environment string
	CreatedAt   time.Time
	States      []DeploymentState
}

// DeploymentState is one of them: success, failure, in_progress, …
type DeploymentState struct {
	ID          int64
	State       string
	Description string
	At          time.Time
}

// Delivery is a webhook that was sent.
type Delivery struct {
	ID          int64
	GUID        string
	DeliveredAt time.Time
	Status      string
	StatusCode  int
	Event       string
	Action      string
}

func newWorld() *World {
	return &World{Repos: map[string]*Repo{}, Tokens: map[string]*Token{}, Apps: map[int64]*App{}, Moved: map[string]string{}, lastID: 1000}
}

func (w *World) id() int64 {
	w.lastID++

	return w.lastID
}

// AddRepo adds an empty repository with one commit on main.
func (w *World) AddRepo(owner, name string) *Repo {
	now := w.now()
	r := &Repo{
		ID: w.id(), Owner: owner, Name: name, DefaultBranch: "main", AllowedActions: "all",
		Commits: map[string]*Commit{}, Branches: map[string]string{}, Protected: map[string]bool{}, Deliveries: map[int64][]Delivery{},
		CreatedAt: now, PushedAt: now, world: w,
	}
	w.Repos[owner+"/"+name] = r
	r.Commit("main", "begin", map[string]string{"README.md": "# " + name + "\n"})

	return r
}

// AddToken adds a classic token with the scopes repo and workflow and the
// rights of an admin.
func (w *World) AddToken(token string) *Token {
	t := &Token{Login: "robot", Scopes: []string{"repo", "workflow"}, Admin: true}
	w.Tokens[token] = t

	return t
}

// Commit writes files over the tree of a branch, which is made from the default
// one when there is none. An empty content deletes the file. Workflow files of
// the default branch become workflows, as a push makes them.
func (r *Repo) Commit(branch, message string, files map[string]string) *Commit {
	parent, found := r.Branches[branch]
	if !found {
		parent = r.Branches[r.DefaultBranch]
	}
	c := &Commit{Message: message, Author: "robot", At: r.world.now().UTC().Truncate(time.Second), Files: map[string]string{}}
	if parent != "" {
		c.Parents = []string{parent}
		maps.Copy(c.Files, r.Commits[parent].Files)
	}
	for name, content := range files {
		if content == "" {
			delete(c.Files, name)
			continue
		}
		c.Files[name] = content
	}
	c.SHA = fmt.Sprintf("%x", sha1.Sum(fmt.Append(nil, r.world.id(), c.Message, c.Parents, c.At)))
	r.Commits[c.SHA], r.Branches[branch], r.PushedAt = c, c.SHA, c.At
	if branch == r.DefaultBranch {
		for _, name := range slices.Sorted(maps.Keys(files)) {
			if path.Dir(name) == ".github/workflows" && files[name] != "" {
				r.noticeWorkflow(name, files[name], c.At)
			}
		}
	}

	return c
}

func (r *Repo) noticeWorkflow(name, content string, at time.Time) {
	title := workflowName(content)
	if title == "" {
		title = name
	}
	if w := r.Workflow(path.Base(name)); w != nil {
		w.Name, w.UpdatedAt = title, at
		return
	}
	r.Workflows = append(r.Workflows, &Workflow{ID: r.world.id(), Name: title, Path: name, State: "active", CreatedAt: at, UpdatedAt: at})
}

// Workflow finds one by its id or the base name of its file; nil when there is
// none.
func (r *Repo) Workflow(name string) *Workflow {
	for _, w := range r.Workflows {
		if path.Base(w.Path) == name || fmt.Sprint(w.ID) == name {
			return w
		}
	}

	return nil
}

// AddRun adds a run of a workflow, named as for Workflow, on the head of the
// default branch, in the first attempt: completed when conclusion is given, else
// queued.
func (r *Repo) AddRun(workflow, event, conclusion string) *Run {
	now := r.world.now().UTC().Truncate(time.Second)
	w := r.Workflow(workflow)
	if w == nil {
		panic("githubtest: no workflow " + workflow)
	}
	a := &Attempt{Status: "queued", StartedAt: now, UpdatedAt: now}
	if conclusion != "" {
		a.Status, a.Conclusion = "completed", conclusion
	}
	number := 1
	for _, other := range r.Runs {
		if other.WorkflowID == w.ID {
			number = max(number, other.Number+1)
		}
	}
	sha := r.Branches[r.DefaultBranch]
	run := &Run{
		ID: r.world.id(), WorkflowID: w.ID, Number: number, Event: event, Branch: r.DefaultBranch, SHA: sha,
		Title: r.Commits[sha].Message, Actor: "robot", CreatedAt: now, Attempts: []*Attempt{a},
	}
	r.Runs = append(r.Runs, run)

	return run
}

// AddJob adds a job to the newest attempt of a run: completed when conclusion is
// given, else queued.
func (r *Repo) AddJob(run *Run, name, conclusion string, steps ...Step) *Job {
	now := r.world.now().UTC().Truncate(time.Second)
	j := &Job{ID: r.world.id(), Name: name, Attempt: len(run.Attempts), Status: "queued", CreatedAt: now, StartedAt: now, Labels: []string{"ubuntu-latest"}, Steps: steps}
	if conclusion != "" {
		j.Status, j.Conclusion, j.CompletedAt, j.Runner = "completed", conclusion, now, "GitHub Actions 1"
	}
	run.Latest().Jobs = append(run.Latest().Jobs, j)

	return j
}

// Finish completes the newest attempt of a run, and its jobs that are not.
func (r *Repo) Finish(run *Run, conclusion string) {
	now := r.world.now().UTC().Truncate(time.Second)
	a := run.Latest()
	a.Status, a.Conclusion, a.UpdatedAt = "completed", conclusion, now
	for _, j := range a.Jobs {
		if j.Status != "completed" {
			j.Status, j.Conclusion, j.CompletedAt, j.Runner = "completed", conclusion, now, "GitHub Actions 1"
		}
	}
}

// Run finds a run by its id; nil when there is none.
func (r *Repo) Run(id int64) *Run {
	for _, run := range r.Runs {
		if run.ID == id {
			return run
		}
	}

	return nil
}
