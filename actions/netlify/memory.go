package netlify

import (
	"encoding/json"
	"fmt"
	"time"
)

// Memory keeps what must be known at the next start of rr. A token, the address
// of a hook or the value of a variable is never in it.
type Memory interface {
	Load() ([]byte, error)
	Save([]byte) error
}

const memoryVersion = 1

// memories is what is remembered of one site.
type memories struct {
	Version   int       `json:"version"`
	Deploy    string    `json:"deploy,omitempty"`    // that was begun, and of which the end was not seen
	Hash      string    `json:"hash,omitempty"`      // of what it was begun with
	Locked    string    `json:"locked,omitempty"`    // deploy that rr itself locked
	RefusedAt time.Time `json:"refused_at,omitzero"` // when Netlify refused for want of credits
	Triggered time.Time `json:"triggered,omitzero"`  // when a build was last asked for
	Restored  string    `json:"restored,omitempty"`  // deploy that rr published again last
}

// recall reads what is remembered. What cannot be read, or is of another
// version, is nothing.
func (s Site) recall() memories {
	fresh := memories{Version: memoryVersion}
	if s.Memory == nil {
		return fresh
	}
	text, err := s.Memory.Load()
	if err != nil {
		return fresh
	}
	m := fresh
	if json.Unmarshal(text, &m) != nil || m.Version != memoryVersion {
		return fresh
	}

	return m
}

// remember changes what is remembered.
func (s Site) remember(change func(*memories)) error {
	if s.Memory == nil {
		return nil
	}
	m := s.recall()
	change(&m)
	text, err := json.Marshal(m)
	if err == nil {
		err = s.Memory.Save(text)
	}
	if err != nil {
		return fmt.Errorf("remember what was done to site %s: %w", s.Scope, err)
	}

	return nil
}

// CreditsRefused is when Netlify last refused a deploy for want of credits,
// as a memory has it; zero where it did not.
func CreditsRefused(m Memory) time.Time { return Site{Memory: m}.recall().RefusedAt }
