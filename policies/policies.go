// Package policies decides. It holds the built-in Rego, loads an operator's
// own over it, and asks both about a snapshot: every policy of a kind about
// one subject at a time, then policies.overall about the whole. It reads no
// clock, reaches nothing outside and does nothing; the same snapshot, policies
// and configuration give the same decision, byte for byte.
//
// OPA stays behind this package. Its files, in the order in which data passes
// them:
//
//	kinds.go     the kinds of things that policies are about
//	load.go      Load, FromFiles: texts to Engine
//	builtin.go   the built-in set, and how an operator's replaces it
//	parse.go     text to module
//	problem.go   what is wrong with a policy, and what was probably meant
//	contract.go  what a module may be called and define
//	reads.go     what a module may read
//	removed.go   the built-in functions that policies do without
//	schema.go    what the JSON Schemas know of a path
//	lint.go      mistakes that the type checker does not see
//	compile.go   modules to compilers: one to check, one to run
//	message.go   OPA's errors in the words of an author of policies
//	value.go     Go values to Rego's
//	input.go     snapshot to questions
//	needs.go     what a subject needs, as a fact about it
//	ask.go       question to answer, alone or with the others of its kind
//	watch.go     deadline and memory ceiling of a question
//	answer.go    strict decoding of answers
//	decide.go    Decide: all subjects, then the whole
//	overall.go   sums for policies.overall, and its answer
//	explain.go   why a rule did or did not fire
//	test.go      Test: the tests of all policies, and what they cover
//	list.go      what is loaded
//	eject.go     the built-in set as files to start from
package policies
