package github

import "encoding/json"

// Memory keeps what is known of runs for the next start of rr. A token or a
// secret is never in it.
type Memory interface {
	Load() ([]byte, error)
	Save([]byte) error
}

const knownVersion = 1

// recall reads what was known. What cannot be read, or is of another repository
// or version, is asked for again.
func recall(m Memory, repo string) known {
	fresh := known{Version: knownVersion, Repo: repo, Workflows: map[int64]*knownWorkflow{}, Jobs: map[int64]map[int]failure{}}
	if m == nil {
		return fresh
	}
	text, err := m.Load()
	if err != nil {
		return fresh
	}
	k := fresh
	if json.Unmarshal(text, &k) != nil || k.Version != knownVersion || k.Repo != repo || k.Workflows == nil || k.Jobs == nil {
		return fresh
	}
	for id, of := range k.Workflows {
		if of == nil {
			delete(k.Workflows, id)
		}
	}

	return k
}

// save keeps what is known where it changed since it was last kept.
func (k *known) save(m Memory) error {
	if m == nil || !k.changed {
		return nil
	}
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := m.Save(text); err != nil {
		return err
	}
	k.changed = false

	return nil
}
