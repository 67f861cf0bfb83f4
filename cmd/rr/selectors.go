package main

import (
	"fmt"
	"slices"

	"rr/policies"
	"rr/runner/config"
	"rr/schemas"
)

// selectorsMean wants every selector of the configuration to mean something: one
// that is misspelt would let pass what it was written to hold.
func selectorsMean(c schemas.Config, e *policies.Engine) error {
	var verbNames, packages []string
	for _, verb := range verbs() {
		verbNames = append(verbNames, verb.Name)
	}
	for _, policy := range e.List() {
		packages = append(packages, policy.Package)
	}
	packages = append(packages, schemas.PolicyOperator)
	for field, selectors := range map[string][]schemas.Selector{"approval.required": c.Approval.Required, "shadow": c.Shadow} {
		for i, s := range selectors {
			if err := means("verb", s.Verb, verbNames); err != nil {
				return fmt.Errorf("%s: %s.%d.%w", config.FileName, field, i, err)
			}
			if err := means("policy", s.Policy, packages); err != nil {
				return fmt.Errorf("%s: %s.%d.%w", config.FileName, field, i, err)
			}
		}
	}

	return nil
}

func means(field, pattern string, names []string) error {
	if pattern == "" || slices.ContainsFunc(names, func(name string) bool { return schemas.Match(pattern, name) }) {
		return nil
	}

	return fmt.Errorf("%s: there is no %q%s", field, pattern, suggestion(pattern, names))
}
