package command

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRedactBlotsOutEveryForm(t *testing.T) {
	t.Parallel()
	secret := "p@ss/word \"1\" & more"
	for _, text := range []string{secret, "p%40ss%2Fword+%221%22+%26+more", `p@ss/word \"1\" \u0026 more`, "cEBzcy93b3JkICIxIiAmIG1vcmU", "x" + secret + "y"} {
		if got := Redact("before "+text+" after", []string{secret}); strings.Contains(got, "word") || strings.Contains(got, "cEBz") || !strings.Contains(got, "[redacted]") {
			t.Errorf("Redact(%q) = %q", text, got)
		}
	}
	if got := Redact("first line and second line", []string{"first line\nsecond line"}); got != "[redacted] and [redacted]" {
		t.Errorf("of several lines it leaves %q", got)
	}
	if got := Redact("abcdef abc", []string{"abc", "a", "abcdef", "abcd"}); got != "[redacted] abc" {
		t.Errorf("of secrets in secrets it leaves %q", got)
	}
}

func TestEnvironIsWhatIsNamed(t *testing.T) {
	t.Parallel()
	values := map[string]string{"PATH": "/bin", "HOME": "/h", "A": "1234", "B": "5678", "EMPTY": ""}
	env, secrets := Environ(func(name string) string { return values[name] }, []string{"A", "EMPTY", "NONE", "PATH"})
	if got := strings.Join(env, " "); got != "HOME=/h A=1234 PATH=/bin" || len(secrets) != 1 || secrets[0] != "1234" {
		t.Errorf("it is %q, secret are %q", got, secrets)
	}
}

// A secret that begins before what is kept is not told by its end.
func TestNoSecretIsCutInTwo(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("s3cr3t-", 30)
	for shift := range 3 {
		out := &tail{}
		_, _ = out.Write([]byte(secret + strings.Repeat(" ", kept-len(secret)+1+70*shift)))
		if got := out.told([]string{secret}); strings.Contains(got, "s3cr") {
			t.Errorf("it tells %q", got)
		}
	}
	out := &tail{}
	_, _ = out.Write([]byte(strings.Repeat("x", 100) + secret + strings.Repeat("y", told-50)))
	if got := out.told([]string{secret}); strings.Contains(got, "s3cr") || len(got) > told+10 {
		t.Errorf("it tells %q", got)
	}
}

func TestAStopEndsTheProgram(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := Command{Args: []string{"sleep", "300"}, Env: []string{"PATH=/bin:/usr/bin"}, Timeout: time.Minute}.Run(ctx)
	var failed *Failed
	if !errors.As(err, &failed) || !failed.Over {
		t.Errorf("it ends with %v", err)
	}
	if _, err := (Command{}).Run(t.Context()); err == nil {
		t.Error("no program ends well")
	}
}
