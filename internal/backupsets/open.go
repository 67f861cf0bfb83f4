package backupsets

import (
	"path/filepath"
	"slices"

	"filippo.io/age"

	"rr/internal/backup"
	"rr/schemas"
)

// Where says where the store of a configuration is, and its mirror; that is
// empty where there is none.
func (o Options) Where(state string) (dir, mirror string) {
	c := o.Config.Backup
	dir = filepath.Join(state, "backups")
	if c.Dir != "" {
		dir = o.Resolve(c.Dir)
	}
	if c.Mirror != "" {
		mirror = o.Resolve(c.Mirror)
	}

	return dir, mirror
}

// Store says how the store of a configuration behaves.
func (o Options) Store(getenv func(string) string) backup.Options {
	c := *o.Config.Backup
	var secret []string
	for _, set := range Of(o) {
		if set.Secret {
			secret = append(secret, set.Name)
		}
	}
	options := backup.Options{
		Recipients: c.Recipients, Encrypt: c.Encrypt, MaxFile: int64(c.MaxFile), MaxTotal: int64(c.MaxSet),
		Secret: func(set string) bool { return slices.Contains(secret, set) },
	}
	switch {
	case c.IdentityFile != "":
		options.Identities = backup.IdentityFile(o.Resolve(c.IdentityFile))
	case c.IdentityEnv != "":
		options.Identities = func() ([]age.Identity, error) {
			return backup.IdentityText(getenv(c.IdentityEnv), "$"+c.IdentityEnv)()
		}
	}

	return options
}

// Refused tells whether a set is not backed up because it holds secrets and
// nothing encrypts it.
func Refused(s Set, c schemas.BackupConfig) bool {
	return s.Secret && !c.Encrypts() && c.Encrypt != schemas.EncryptNone
}

// Policy is what a configuration says of how long backups remain.
func Policy(c schemas.BackupConfig) backup.Policy {
	k := c.Keep

	return backup.Policy{Last: k.Last, Hourly: k.Hourly, Daily: k.Daily, Weekly: k.Weekly, MaxAge: k.MaxAge.Of(), MaxSize: int64(k.MaxSize), Evidence: backup.DefaultEvidence, Replaced: backup.DefaultReplaced}
}
