package config_test

import (
	"strings"
	"testing"

	"rr/runner/config"
)

func TestWhatIsWrongWithBackupsIsToldWithItsPlace(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"it wants somebody who can open what is encrypted": {`backup: encrypt: "age"`, "redundancy.cue:2:9: backup.encrypt is age and backup.recipients names nobody"},
		"it wants one identity":                            {`backup: {identity_env: "A", identity_file: "b"}`, "backup has both identity_env and identity_file"},
		"it wants another name than a built-in one":        {`backup: sets: "pm2-local": paths: ["a"]`, "backup.sets.pm2-local has the name of a built-in set"},
		"it wants files in a set":                          {`backup: sets: data: {}`, "backup.sets.data names no files"},
		"it wants time to pass between backups":            {`backup: every: "0s"`, "backup.every must be longer than 0"},
		"it wants a public key":                            {`backup: recipients: ["me"]`, "recipients must hold age public keys"},
		"it knows its built-in sets":                       {`backup: builtin: ["pm3"]`, "builtin must hold some of rr, journal"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse("redundancy.cue", []byte("pm2: local: {}\n"+test.text+"\n"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Parse(%s) = %v, want %q", test.text, err, test.want)
			}
		})
	}
}

func TestBackupsAreOffUnlessTheyAreNamed(t *testing.T) {
	loaded, err := config.Parse("redundancy.cue", []byte("pm2: local: {}\n"))
	if err != nil || loaded.Config.Backup != nil {
		t.Errorf("Parse() = %+v, %v; want no backups", loaded.Config.Backup, err)
	}
	loaded, err = config.Parse("redundancy.cue", []byte("pm2: local: {}\nbackup: {}\n"))
	if err != nil || loaded.Config.Backup == nil || loaded.Config.Backup.Keep.Last != 12 {
		t.Errorf("Parse() = %+v, %v; want backups with their defaults", loaded.Config.Backup, err)
	}
}
