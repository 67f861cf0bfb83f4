package netlify

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"rr/internal/functions"
	"rr/schemas"
)

// function is what the source tells of one function; whole are the problems of
// the site as a whole, some of which are of one source.
func function(f functions.Function, whole []functions.Problem) schemas.Function {
	problems := slices.Clone(f.Problems)
	facts := schemas.Function{
		Name: f.Name, MainFile: f.MainFile, State: schemas.FunctionValid, Cause: "none", Runtime: f.Runtime, Handler: cmp.Or(f.Handler, "unknown"),
		Background: f.Background, Schedule: f.Schedule, ScheduleOK: "none", Routes: []string{}, Env: list(f.Env),
	}
	for _, p := range whole {
		if p.File != f.Source && p.File != f.MainFile && !(p.Kind == functions.KindDuplicate && nameOf(p.File) == f.Name) {
			continue
		}
		problems = append(problems, p)
		facts.Debris = facts.Debris || p.Kind == functions.KindDebris && p.Severity == functions.Warning
	}
	for _, route := range f.Routes {
		facts.Routes = append(facts.Routes, route.Pattern)
	}
	if f.RuntimeAPIVersion > 0 {
		facts.APIVersion = &f.RuntimeAPIVersion
	}
	size, percent := f.Size, 100*f.Size/functions.MaxZipped
	facts.SizeBytes, facts.SizePct = &size, &percent
	judge(&facts, problems)

	return facts
}

// nameOf is the name of the function that a file would make.
func nameOf(file string) string {
	base := path.Base(file)

	return strings.TrimSuffix(base, path.Ext(base))
}

// judge counts what is wrong.
func judge(facts *schemas.Function, problems []functions.Problem) {
	first, n := firstOf(problems, functions.Error)
	if facts.Problems = n; n > 0 {
		facts.State, facts.Problem, facts.Cause = schemas.FunctionInvalid, first.String(), cause(first.Kind)
	}
	warning, n := firstOf(problems, functions.Warning)
	if facts.Warnings = n; n > 0 {
		facts.Warning = warning.String()
	}
	scheduled := facts.Schedule != ""
	if scheduled {
		facts.ScheduleOK = "yes"
	}
	if slices.ContainsFunc(problems, func(p functions.Problem) bool {
		return p.Kind == functions.KindSchedule && p.Severity == functions.Error
	}) {
		facts.ScheduleOK = "no"
	}
}

// cause is the kind of a problem as policies know it.
func cause(kind string) string {
	switch kind {
	case functions.KindImport, functions.KindHandler, functions.KindSize, functions.KindDuplicate:
		return kind
	case functions.KindRead:
		return "unreadable"
	}

	return "syntax" // it and what it says of itself cannot be taken
}

// missingFunction is what is known of one that is expected and not there.
func missingFunction(name string) schemas.Function {
	return schemas.Function{
		Name: name, State: schemas.FunctionMissing, Expected: true, Cause: "none", Runtime: "unknown", Handler: "unknown",
		ScheduleOK: "none", Routes: []string{}, Env: []string{},
	}
}
