package ecosystem

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// history is what came of evaluating one path. Whoever has its turn may look
// and evaluate.
type history struct {
	turn     chan struct{}
	outcomes []*outcome // newest last
}

// outcome is what came of one content.
type outcome struct {
	own   string // hash of the file alone
	doc   document
	err   error
	tries int
	again time.Time // when to try again; never when zero
}

// maxOutcomes is how many contents of one path are remembered, so that a file
// that is changed and changed back is known again.
const maxOutcomes = 8

// The first and the longest wait before a file that failed is evaluated again.
const (
	firstRetry = time.Minute
	lastRetry  = time.Hour
)

// evaluated is what evaluating the file gave, now or before.
func (r *Reader) evaluated(ctx context.Context, path string, content []byte) (document, error) {
	h := r.history(path)
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return document{}, fmt.Errorf("%s: wait for its evaluation: %w", path, ctx.Err())
	}
	own := hash(content, nil)
	known := h.find(own)
	if known != nil && !known.due(r.now()) {
		return known.doc, known.err
	}
	began := time.Now()
	doc, err := r.evaluate(ctx, path)
	if errors.Is(err, ErrNotRun) || errors.Is(ctx.Err(), context.Canceled) {
		return document{}, err // nothing was learned of the file
	}
	next := &outcome{own: own, doc: doc, err: err}
	if known != nil {
		next.tries = known.tries
	}
	next.doc.hash = hash(content, contents(doc.requires))
	if err != nil || changed(path, content, doc.requires, began, time.Now()) {
		next.retry(r.now())
	}
	h.keep(next)

	return next.doc, next.err
}

func (r *Reader) history(path string) *history {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.files == nil {
		r.files = map[string]*history{}
	}
	if r.files[path] == nil {
		r.files[path] = &history{turn: make(chan struct{}, 1)}
	}
	return r.files[path]
}

// find gives the outcome of this content, if what it required is the same too.
func (h *history) find(own string) *outcome {
	for i := len(h.outcomes) - 1; i >= 0; i-- {
		o := h.outcomes[i]
		if o.own == own && o.fresh() {
			return o
		}
	}
	return nil
}

func (h *history) keep(next *outcome) {
	kept := []*outcome{}
	for _, o := range h.outcomes {
		if o.own != next.own || o.doc.hash != next.doc.hash {
			kept = append(kept, o)
		}
	}
	h.outcomes = append(kept[max(0, len(kept)-maxOutcomes+1):], next)
}

// fresh says whether the required files are as they were.
func (o *outcome) fresh() bool {
	return len(o.doc.requires) == 0 || combine(o.own, contents(o.doc.requires)) == o.doc.hash
}

func (o *outcome) due(now time.Time) bool { return !o.again.IsZero() && !now.Before(o.again) }

// retry sets the next try, each twice as far away as the one before.
func (o *outcome) retry(now time.Time) {
	o.again = now.Add(min(firstRetry<<min(o.tries, 10), lastRetry))
	o.tries++
}

// changed says whether the file or what it required was written to while it
// was evaluated, so that the outcome may belong to neither content.
func changed(path string, content []byte, requires []string, began, ended time.Time) bool {
	now, err := readFile(path)
	if err != nil || string(now) != string(content) {
		return true
	}
	for _, required := range requires {
		info, err := os.Stat(required)
		if err != nil || info.ModTime().After(began) && info.ModTime().Before(ended) {
			return true
		}
	}
	return false
}

// contents are the hashes of files, as lines; one that cannot be read is a line
// of its own kind.
func contents(paths []string) []string {
	var lines []string
	for _, path := range paths {
		line := filepath.Base(path) + " unreadable"
		if content, err := readFile(path); err == nil {
			line = filepath.Base(path) + " " + hash(content, nil)
		}
		lines = append(lines, line)
	}
	return lines
}

// hash names a content, and with it the files that it required.
func hash(content []byte, required []string) string {
	sum := sha256.Sum256(content)
	return combine(hex.EncodeToString(sum[:]), required)
}

func combine(own string, required []string) string {
	if len(required) == 0 {
		return own
	}
	h := sha256.New()
	fmt.Fprintln(h, own)
	for _, line := range required {
		fmt.Fprintf(h, "%q\n", line)
	}
	return hex.EncodeToString(h.Sum(nil))
}
