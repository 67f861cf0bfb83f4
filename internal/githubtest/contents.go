package githubtest

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
)

// BlobSHA is git's name of a content.
func BlobSHA(content string) string {
	return fmt.Sprintf("%x", sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content)))
}

// commitOf finds a commit by a branch, a full ref or a sha; the default branch
// for none.
func (c *call) commitOf(ref string) *Commit {
	if ref == "" {
		ref = c.repo.DefaultBranch
	}
	name := strings.TrimPrefix(strings.TrimPrefix(ref, "refs/"), "heads/")
	if sha, found := c.repo.Branches[name]; found {
		return c.repo.Commits[sha]
	}

	return c.repo.Commits[ref]
}

// getContents shows a file with its content, or lists a folder without.
func (c *call) getContents() reply {
	ref := c.URL.Query().Get("ref")
	commit := c.commitOf(ref)
	if commit == nil {
		return problem(http.StatusNotFound, "No commit found for the ref "+ref)
	}
	where := strings.Trim(c.PathValue("path"), "/")
	if content, found := commit.Files[where]; found {
		if strings.Contains(c.Header.Get("Accept"), "raw") {
			return reply{status: http.StatusOK, body: content, header: map[string]string{"Content-Type": "application/vnd.github.raw; charset=utf-8"}}
		}
		return ok(c.showFile(where, content, true))
	}
	entries := map[string]any{}
	for name, content := range commit.Files {
		below, inside := strings.CutPrefix(name, where+"/")
		if where == "" {
			below, inside = name, true
		}
		if !inside {
			continue
		}
		child, _, folder := strings.Cut(below, "/")
		if full := path.Join(where, child); folder {
			entries[full] = c.showFolder(full)
		} else {
			entries[full] = c.showFile(full, content, false)
		}
	}
	if len(entries) == 0 {
		return problem(http.StatusNotFound, "Not Found")
	}
	listed := []any{}
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		listed = append(listed, entries[name])
	}

	return ok(listed)
}

// putContents commits one file onto a branch, if the caller knew what it is.
func (c *call) putContents() reply {
	var body struct {
		Message string `json:"message"`
		Content string `json:"content"`
		SHA     string `json:"sha"`
		Branch  string `json:"branch"`
	}
	if wrong, decoded := c.decode(&body); !decoded {
		return wrong
	}
	where := c.PathValue("path")
	if refused := c.mayChange(where); refused != nil {
		return *refused
	}
	content, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body.Content, "\n", ""))
	switch {
	case err != nil:
		return problem(http.StatusUnprocessableEntity, "content is not valid Base64")
	case body.Message == "":
		return problem(http.StatusUnprocessableEntity, "Invalid request.\n\n\"message\" wasn't supplied.")
	case where == "" || strings.Contains(where, ".."):
		return problem(http.StatusUnprocessableEntity, "path contains a malformed path component")
	}
	if body.Branch == "" {
		body.Branch = c.repo.DefaultBranch
	}
	head, found := c.repo.Branches[body.Branch]
	if !found {
		return problem(http.StatusNotFound, fmt.Sprintf("Branch %s not found", body.Branch))
	}
	if c.repo.Protected[body.Branch] {
		return problem(http.StatusConflict, "Repository rule violations found\n\nChanges must be made through a pull request.\n\n")
	}
	old, exists := c.repo.Commits[head].Files[where]
	switch {
	case exists && body.SHA == "":
		return problem(http.StatusUnprocessableEntity, "Invalid request.\n\n\"sha\" wasn't supplied.")
	case exists && body.SHA != BlobSHA(old), !exists && body.SHA != "":
		return problem(http.StatusConflict, fmt.Sprintf("%s does not match %s", where, body.SHA))
	}
	commit := c.repo.Commit(body.Branch, body.Message, map[string]string{where: string(content)})
	status := http.StatusCreated
	if exists {
		status = http.StatusOK
	}

	return reply{status: status, body: map[string]any{"content": c.showFile(where, string(content), false), "commit": c.showFileCommit(commit)}}
}

// mayChange refuses workflow files to who may not change them: a classic token
// is told 404, any other 403.
func (c *call) mayChange(where string) *reply {
	if !strings.HasPrefix(where, ".github/workflows/") {
		return nil
	}
	if c.token.Scopes != nil && !slices.Contains(c.token.Scopes, "workflow") {
		return refusal(problem(http.StatusNotFound, "Not Found"))
	}
	if c.token.Scopes == nil && !c.token.may("workflows", "write") {
		r := problem(http.StatusForbidden, "Resource not accessible by integration")
		r.header = map[string]string{"X-Accepted-GitHub-Permissions": "contents=write; workflows=write"}
		return &r
	}

	return nil
}

func (c *call) getBlob() reply {
	sha := c.PathValue("sha")
	for _, commit := range c.repo.Commits {
		for _, content := range commit.Files {
			if BlobSHA(content) == sha {
				return ok(map[string]any{"sha": sha, "node_id": "B_" + sha, "size": len(content), "url": c.ofRepo("/git/blobs/%s", sha), "content": encoded(content), "encoding": "base64"})
			}
		}
	}

	return problem(http.StatusNotFound, "Not Found")
}

// encoded is base64 in lines of 60, as GitHub sends it.
func encoded(content string) string {
	var lines strings.Builder
	for line := range slices.Chunk([]byte(base64.StdEncoding.EncodeToString([]byte(content))), 60) {
		lines.Write(line)
		lines.WriteByte('\n')
	}

	return lines.String()
}
