package githubapi

import (
	"bytes"
	"cmp"
	"container/list"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// Cache remembers answers by their keys. The caller may keep them on disk: a
// key tells nothing, and an answer holds what the API showed and no credential.
// What is forgotten costs one request.
type Cache interface {
	Get(key string) (Answer, bool)
	Put(key string, a Answer)
}

// Answer is a 200 as it was, with the ETag to ask whether it still is. Answers
// are not changed once they are made.
type Answer struct {
	ETag        string `json:"etag"`
	ContentType string `json:"content_type,omitempty"`
	Link        string `json:"link,omitempty"`
	Body        []byte `json:"body"`
}

// FromCache is the header of an answer that GitHub said is unchanged.
const FromCache = "X-From-Cache"

// usable reports whether what a cache gave is an answer, whatever happened to
// it on a disk.
func (a Answer) usable() bool {
	return a.ETag != "" && json.Valid(a.Body)
}

// restore makes the 200 that a 304 stands for, with the headers of the 304:
// they say how the limits stand now.
func (a Answer) restore(notModified *http.Response) *http.Response {
	header := notModified.Header.Clone()
	for name, value := range map[string]string{"Etag": a.ETag, "Content-Type": a.ContentType, "Link": a.Link} {
		if header.Del(name); value != "" {
			header.Set(name, value)
		}
	}
	header.Set("Content-Length", strconv.Itoa(len(a.Body)))
	header.Set(FromCache, "1")

	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK,
		Proto: notModified.Proto, ProtoMajor: notModified.ProtoMajor, ProtoMinor: notModified.ProtoMinor,
		Header: header, Body: io.NopCloser(bytes.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
	}
}

// cacheKey names an answer: who asked what, and in which form. Two identities
// never share one.
func cacheKey(request *http.Request, identity string) string {
	return digest(request.Method + "\n" + request.URL.String() + "\n" + request.Header.Get("Accept") + "\n" + identity)
}

// MemoryCache keeps the answers used last, in memory. The zero value is ready.
type MemoryCache struct {
	MaxBytes   int // of bodies; 0 is 64 MiB
	MaxEntries int // 0 is 2,048

	mu      sync.Mutex
	size    int
	byUse   list.List // of *remembered, the one used last in front
	entries map[string]*list.Element
}

type remembered struct {
	key    string
	answer Answer
}

// Get finds an answer.
func (c *MemoryCache) Get(key string) (Answer, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, found := c.entries[key]
	if !found {
		return Answer{}, false
	}
	c.byUse.MoveToFront(element)

	return element.Value.(*remembered).answer, true
}

// Put remembers an answer and forgets the longest unused for it. One that is
// larger than all the room is not remembered.
func (c *MemoryCache) Put(key string, a Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, found := c.entries[key]; found {
		c.drop(old)
	}
	room := cmp.Or(max(c.MaxBytes, 0), 64<<20)
	if len(a.Body) > room {
		return
	}
	if c.entries == nil {
		c.entries = map[string]*list.Element{}
	}
	c.entries[key] = c.byUse.PushFront(&remembered{key, a})
	c.size += len(a.Body)
	for c.size > room || c.byUse.Len() > cmp.Or(max(c.MaxEntries, 0), 2048) {
		c.drop(c.byUse.Back())
	}
}

func (c *MemoryCache) drop(element *list.Element) {
	entry := c.byUse.Remove(element).(*remembered)
	delete(c.entries, entry.key)
	c.size -= len(entry.answer.Body)
}
