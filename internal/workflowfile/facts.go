package workflowfile

import (
	"cmp"
	"slices"
	"strings"

	"github.com/rhysd/actionlint"
)

// readWorkflow reads what the tree tells.
func (f *File) readWorkflow(w *actionlint.Workflow) {
	f.Name = text(w.Name)
	for _, event := range w.On {
		f.readEvent(event)
	}
	slices.Sort(f.Triggers)
	f.Triggers = slices.Compact(f.Triggers)
	f.Permissions = permissions(w.Permissions)
	for _, job := range inOrder(w.Jobs) {
		f.Jobs = append(f.Jobs, readJob(job))
		f.readUses(job)
	}
	f.Hollow = hollow(w)
}

func (f *File) readEvent(event actionlint.Event) {
	switch e := event.(type) {
	case *actionlint.ScheduledEvent:
		for _, s := range e.Schedules {
			f.Schedules = append(f.Schedules, readSchedule(s))
		}
	case *actionlint.WorkflowDispatchEvent:
		f.Dispatchable = true
		for _, input := range e.Inputs {
			f.Inputs = append(f.Inputs, text(input.Name))
			if input.Required != nil && input.Required.Value && input.Default == nil {
				f.Required = append(f.Required, text(input.Name))
			}
		}
		slices.Sort(f.Inputs)
		slices.Sort(f.Required)
	case *actionlint.WorkflowCallEvent:
		f.Callable = true
	case *actionlint.WebhookEvent:
		if e.Hook == nil {
			return
		}
	}
	f.Triggers = append(f.Triggers, event.EventName())
}

// text is the value of a string that may be absent.
func text(s *actionlint.String) string {
	if s == nil {
		return ""
	}

	return s.Value
}

func texts(list []*actionlint.String) []string {
	found := make([]string, 0, len(list))
	for _, s := range list {
		found = append(found, text(s))
	}

	return found
}

func permissions(p *actionlint.Permissions) string {
	switch {
	case p == nil:
		return "default"
	case p.All != nil && (p.All.Value == "read-all" || p.All.Value == "write-all"):
		return p.All.Value
	case p.All == nil && len(p.Scopes) == 0:
		return "none"
	}

	return "custom"
}

// inOrder are the jobs as the file has them.
func inOrder(jobs map[string]*actionlint.Job) []*actionlint.Job {
	list := make([]*actionlint.Job, 0, len(jobs))
	for _, job := range jobs {
		list = append(list, job)
	}
	slices.SortFunc(list, func(a, b *actionlint.Job) int {
		return cmp.Or(cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col), cmp.Compare(text(a.ID), text(b.ID)))
	})

	return list
}

func readJob(job *actionlint.Job) Job {
	j := Job{ID: text(job.ID), Name: text(job.Name), Line: job.Pos.Line, Needs: texts(job.Needs), Steps: len(job.Steps), RunsOn: []string{}}
	if job.RunsOn != nil {
		j.RunsOn = texts(job.RunsOn.Labels)
		if job.RunsOn.LabelsExpr != nil {
			j.RunsOn = []string{text(job.RunsOn.LabelsExpr)}
		}
	}
	if job.Environment != nil {
		j.Environment = text(job.Environment.Name)
	}
	if job.WorkflowCall != nil {
		j.Uses = text(job.WorkflowCall.Uses)
	}
	j.Matrix = job.Strategy != nil && job.Strategy.Matrix != nil
	if job.TimeoutMinutes != nil {
		j.TimeoutMinutes = job.TimeoutMinutes.Value
	}
	j.ContinueOnError = job.ContinueOnError != nil && job.ContinueOnError.Value

	return j
}

// readUses gathers what a job takes from its own repository.
func (f *File) readUses(job *actionlint.Job) {
	if job.WorkflowCall != nil {
		f.addUse(job.WorkflowCall.Uses, true)
	}
	for _, step := range job.Steps {
		if action, ok := step.Exec.(*actionlint.ExecAction); ok {
			f.addUse(action.Uses, false)
		}
	}
}

func (f *File) addUse(uses *actionlint.String, workflow bool) {
	if uses != nil && strings.HasPrefix(uses.Value, "./") {
		f.Uses = append(f.Uses, Use{Path: uses.Value, Line: uses.Pos.Line, Column: uses.Pos.Col, Workflow: workflow})
	}
}
