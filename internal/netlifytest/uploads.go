package netlifytest

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"io"
	"net/http"
)

// putDeploy takes the digests of all that a deploy is to have.
func (f *Fake) putDeploy(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Files     map[string]string             `json:"files"`
		Functions map[string]string             `json:"functions"`
		Schedules []struct{ Name, Cron string } `json:"function_schedules"`
		Config    map[string]json.RawMessage    `json:"functions_config"`
		Async     bool                          `json:"async"`
		Draft     bool                          `json:"draft"`
	}
	if !read(w, r, &asked) {
		return
	}
	for _, content := range []map[string]string{asked.Files, asked.Functions} {
		for name, sum := range content {
			if raw, err := hex.DecodeString(sum); err != nil || len(raw) != sha1.Size && len(raw) != sha256.Size {
				refuse(w, 422, "Invalid digest of "+name)
				return
			}
		}
	}
	f.withDeploy(w, r, func(d *deploy) {
		if d.State != "new" && d.State != "prepared" && d.State != "uploading" {
			refuse(w, 422, "Deploy is "+d.State)
			return
		}
		d.Files, d.Functions, d.Config, d.Draft, d.told = asked.Files, asked.Functions, asked.Config, asked.Draft, true
		d.Schedules = map[string]string{}
		for _, s := range asked.Schedules {
			d.Schedules[s.Name] = s.Cron
		}
		switch {
		case asked.Async:
			d.enter("preparing", f.now())
		case d.waits():
			d.enter("uploading", f.now())
		default:
			d.enter("uploaded", f.now())
		}
		reply(w, 200, d.form())
	})
}

func (f *Fake) putFile(w http.ResponseWriter, r *http.Request) {
	f.take(w, r, sha1.New(), r.PathValue("path"), func(d *deploy) map[string]string { return d.Files })
}

func (f *Fake) putFunction(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("runtime") == "" {
		refuse(w, 422, "runtime is missing")
		return
	}
	f.take(w, r, sha256.New(), r.PathValue("name"), func(d *deploy) map[string]string { return d.Functions })
}

// take reads content to its end, and keeps it when it is what was told.
func (f *Fake) take(w http.ResponseWriter, r *http.Request, sum hash.Hash, name string, content func(*deploy) map[string]string) {
	n, err := io.Copy(sum, r.Body)
	if err != nil {
		refuse(w, 400, "The content broke off")
		return
	}
	got := hex.EncodeToString(sum.Sum(nil))
	f.withDeploy(w, r, func(d *deploy) {
		switch want, ok := content(d)[name]; {
		case d.State != "uploading" && d.State != "prepared" && d.State != "uploaded":
			refuse(w, 422, "Deploy is "+d.State)
			return
		case r.Header.Get("Content-Type") != "application/octet-stream":
			refuse(w, 422, "The content is no octet-stream")
			return
		case !ok:
			refuse(w, 404, "No such file in the deploy: "+name)
			return
		case want != got:
			refuse(w, 422, "The digest of "+name+" is another one")
			return
		}
		d.site.blobs[got] = true
		if r.URL.Query().Has("runtime") {
			d.Uploads[name] = r.URL.Query().Encode()
		}
		switch { // other paths of the same content come when nothing is required any more
		case d.waits():
			d.enter("uploading", f.now())
		case d.State != "uploaded":
			d.enter("uploaded", f.now())
		}
		reply(w, 200, map[string]any{"id": "/" + name, "path": "/" + name, "sha": got, "size": n})
	})
}

// read decodes the body of a request.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	raw, err := io.ReadAll(r.Body)
	if err != nil || len(raw) > 0 && json.Unmarshal(raw, into) != nil {
		refuse(w, 400, "The body is no JSON")
		return false
	}

	return true
}
