package schemas

// What a backup set may be in.
const (
	SetOK      = "ok"
	SetEmpty   = "empty"   // there is nothing to back up, and nothing was
	SetMissing = "missing" // it has no good backup yet
	SetInvalid = "invalid" // what is there now does not validate; the good backups are older
	SetDamaged = "damaged" // its newest good backup was found damaged, or its index cannot be read
	SetRefused = "refused" // it holds secrets, and nothing encrypts it
)

// BackupSet is a set of files that are backed up together, and how its backups
// are. Ages are of the wall clock.
type BackupSet struct {
	Name           string `json:"name"`
	State          string `json:"state"`
	Problem        string `json:"problem,omitempty"`           // what is wrong, where something is
	Files          int    `json:"files"`                       // that would be backed up now
	Backups        int    `json:"backups"`                     // good ones
	Evidence       int    `json:"evidence"`                    // kept of what did not validate
	Damaged        int    `json:"damaged"`                     // good ones that were found damaged since
	Bytes          int64  `json:"bytes"`                       // of all archives of the set
	Secret         bool   `json:"secret"`                      // it holds secrets
	Encrypted      bool   `json:"encrypted"`                   // the next backup will be
	Openable       string `json:"openable"`                    // its backups can be opened here: yes or no
	EveryS         int64  `json:"every_s"`                     // seconds from one backup to the next
	LastTryAgeS    *int64 `json:"last_try_age_s,omitempty"`    // seconds since it was last backed up, good or not
	LastGoodAgeS   *int64 `json:"last_good_age_s,omitempty"`   // seconds since the content of the newest good backup was last seen in place
	LastVerifyAgeS *int64 `json:"last_verify_age_s,omitempty"` // seconds since the least recently verified backup was
	LastDrillAgeS  *int64 `json:"last_drill_age_s,omitempty"`  // seconds since a drill last succeeded
	NewestAgeS     *int64 `json:"newest_age_s,omitempty"`      // seconds since the newest good backup was stored
	RestoreMS      *int64 `json:"restore_ms,omitempty"`        // milliseconds that the last drill took to verify and write all files
	Prunable       int    `json:"prunable"`                    // backups that keep: lets go
	Mirror         string `json:"mirror"`                      // off, ok, behind (it lacks the newest good one) or missing (what should be mounted is not)
	MirrorProblem  string `json:"mirror_problem,omitempty"`
}
