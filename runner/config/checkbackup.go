package config

import (
	"maps"
	"slices"

	"rr/schemas"
)

// backup checks what backups are made of, how often, and for whom.
func (c *checks) backup(b schemas.BackupConfig) {
	for _, field := range []struct {
		name string
		is   schemas.Duration
	}{
		{"backup.every", b.Every}, {"backup.journal_every", b.JournalEvery}, {"backup.stale_after", b.StaleAfter},
		{"backup.verify_every", b.VerifyEvery}, {"backup.drill_every", b.DrillEvery},
	} {
		c.positive(field.name, field.is)
	}
	c.notNegative("backup.keep.max_age", b.Keep.MaxAge)
	c.unless(b.Encrypt != schemas.EncryptAge || len(b.Recipients) > 0, []string{"backup.encrypt"},
		"backup.encrypt is age and backup.recipients names nobody who could open a backup")
	c.oneOf("backup", map[string]bool{"identity_env": b.IdentityEnv != "", "identity_file": b.IdentityFile != ""})
	builtin := schemas.Config{Backup: &schemas.BackupConfig{Builtin: b.Builtin}, PM2: c.config.PM2, GitHub: c.config.GitHub, Netlify: c.config.Netlify}.SetNames()
	for _, name := range slices.Sorted(maps.Keys(b.Sets)) {
		set := b.Sets[name]
		at := "backup.sets." + name
		c.unless(!slices.Contains(builtin, name), []string{at}, "%s has the name of a built-in set: give it another", at)
		c.unless(len(set.Paths) > 0, []string{at + ".paths", at}, "%s names no files: give it paths as in [\"data/**\"]", at)
	}
	c.ladder("backup.ladder", b.Ladder)
}
