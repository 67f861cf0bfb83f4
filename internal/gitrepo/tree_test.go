package gitrepo

import (
	"slices"
	"testing"
)

func TestBlobsAreThoseOfTheLastCommit(t *testing.T) {
	g := newRig(t)
	if blobs, err := g.open().Blobs(t.Context(), "."); err != nil || len(blobs) != 0 {
		t.Errorf("before the first commit: %v, %v", blobs, err)
	}
	g.commit("f/a b.js", "a\n")
	g.commit("g/ü.js", "b\n")
	g.write("f/a b.js", "changed\n")
	blobs, err := g.open().Blobs(t.Context(), ".")
	if err != nil || len(blobs) != 2 || blobs["f/a b.js"] != g.git("rev-parse", "HEAD:f/a b.js") || blobs["g/ü.js"] == "" {
		t.Errorf("all are %v, %v", blobs, err)
	}
	if blobs, err = g.open().Blobs(t.Context(), "g"); err != nil || len(blobs) != 1 {
		t.Errorf("those of g are %v, %v", blobs, err)
	}
	if _, err := g.open().Blobs(t.Context(), "../x"); err == nil {
		t.Error("it takes a path outside of the checkout")
	}
}

func TestKnownAreThoseThatTheHistoryHas(t *testing.T) {
	g := newRig(t)
	if known, err := g.open().Known(t.Context(), []string{"a.js"}); err == nil {
		t.Errorf("before the first commit: %v", known)
	}
	g.commit("a.js", "a\n")
	g.commit("b*.js", "b\n")
	g.commit("a.js", "")
	g.commit("c.js", "c\n")
	known, err := g.open().Known(t.Context(), []string{"never.js", "b*.js", "a.js", "bx.js"})
	if err != nil || !slices.Equal(known, []string{"a.js", "b*.js"}) {
		t.Errorf("known are %q, %v", known, err)
	}
}

func TestInMiddleNamesWhatSomebodyIsInTheMiddleOf(t *testing.T) {
	g := newRig(t)
	g.commit("a.js", "a\n")
	if mark, err := g.open().InMiddle(t.Context()); err != nil || mark != "" {
		t.Errorf("at rest it is %q, %v", mark, err)
	}
	g.git("worktree", "add", "-q", "w")
	g.write(".git/worktrees/w/rebase-merge/head-name", "x")
	if mark, err := g.openAt(g.dir + "/w").InMiddle(t.Context()); err != nil || mark != "rebase-merge" {
		t.Errorf("in a worktree it is %q, %v", mark, err)
	}
	if mark, err := g.open().InMiddle(t.Context()); err != nil || mark != "" {
		t.Errorf("beside it is %q, %v", mark, err)
	}
	g.write(".git/MERGE_HEAD", "x")
	if mark, err := g.open().InMiddle(t.Context()); err != nil || mark != "MERGE_HEAD" {
		t.Errorf("in a merge it is %q, %v", mark, err)
	}
}
