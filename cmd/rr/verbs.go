package main

import "rr/schemas"

// githubVerbs is every verb that rr has for GitHub, with its rungs in the order
// in which the policies ask.
func githubVerbs() []schemas.Verb {
	workflow := func(name string, rung int) schemas.Verb {
		return schemas.Verb{Name: name, Rungs: map[string]int{"github/workflow": rung}}
	}
	runs := func(name string, rung int) schemas.Verb {
		return schemas.Verb{Name: name, Rungs: map[string]int{"github/runs": rung}}
	}

	return []schemas.Verb{
		workflow("github.fix_file", 0), workflow("github.restore_file", 1), workflow("github.generate_backup", 2),
		runs("github.enable", 0), runs("github.cancel", 1), runs("github.rerun_failed", 2), runs("github.rerun", 3),
		runs("github.dispatch", 4), runs("github.dispatch_backup", 5),
		{Name: "github.open_issue", Rungs: map[string]int{"github/workflow": 3, "github/runs": 6}},
	}
}

// netlifyVerbs is every verb that rr has for Netlify, with its rungs in the
// order in which the policies ask. What a function asks for mostly acts on its
// site or on the list of functions: a build makes the whole site.
func netlifyVerbs() []schemas.Verb {
	site := func(name string, rung int) schemas.Verb {
		return schemas.Verb{Name: name, Rungs: map[string]int{"netlify/site": rung}}
	}

	return []schemas.Verb{
		{Name: "netlify.manifest", Rungs: map[string]int{"netlify/manifest": 0}},
		{Name: "netlify.build", Rungs: map[string]int{"netlify/manifest": 1, "netlify/function": 0}},
		site("netlify.unlock", 0), site("netlify.restore_deploy", 1), site("netlify.deploy", 2), site("netlify.trigger_build", 3),
		{Name: "netlify.restore_source", Rungs: map[string]int{"netlify/function": 4}},
	}
}
