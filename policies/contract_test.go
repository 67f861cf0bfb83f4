package policies

import (
	"strings"
	"testing"
)

// Each row is a mistake that OPA alone accepts, or tells so that an author
// cannot mend it.
func TestLoadRefuses(t *testing.T) {
	const finding = "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if input.process.runs_rr\n"
	tests := []struct {
		name  string // it refuses …
		files map[string]string
		want  []string // in the error
	}{
		{
			name: "a misspelt verb in attempts, and lists the verbs that exist",
			files: map[string]string{"mine.rego": policy("mine", `actions contains {"verb": "pm2.restart", "reason": "x"} if {
	input.attempts["pm2.restrat"].failed < 3
}`)},
			want: []string{`mine.rego:4:2: `, `has no "pm2.restrat"; did you mean "pm2.restart"? there is: pm2.recreate, pm2.reload, pm2.reset, pm2.restart, pm2.restore_app, pm2.resurrect, pm2.start_ecosystem, pm2.stop, pm2.stop_start`},
		},
		{
			name:  "a misspelt fact, and lists the facts that exist",
			files: map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tinput.process.stat == \"online\"\n}")},
			want:  []string{`mine.rego:4:2: input.process.stat: input.process has no "stat"; did you mean "state"? there is: autorestart, `},
		},
		{
			name:  "a misspelt fact behind a variable",
			files: map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tp := input.process\n\tp.memroy_pct > 1\n}")},
			want:  []string{`mine.rego:5:2: `, `has no "memroy_pct"; did you mean "memory_pct"?`},
		},
		{
			name:  "a misspelt name of the configuration",
			files: map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tinput.flaps > data.config.pm2.memory.warn_pc\n}")},
			want:  []string{`mine.rego:4:`, `data.config.pm2.memory has no "warn_pc"; did you mean "warn_pct"?`},
		},
		{
			name:  "a public rule that is never asked for",
			files: map[string]string{"mine.rego": policy("mine", finding+"\naction contains {\"verb\": \"pm2.restart\", \"reason\": \"x\"} if input.process.runs_rr")},
			want:  []string{`mine.rego:5:1: action is never asked for; did you mean "actions"?`, "the name of a helper begins with _"},
		},
		{
			name:  "a public rule without contains",
			files: map[string]string{"mine.rego": policy("mine", "findings := {{\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"}}")},
			want:  []string{`mine.rego:3:1: write findings with contains`},
		},
		{
			name:  "a policy that answers nothing",
			files: map[string]string{"mine.rego": policy("mine", "_down if input.process.runs_rr")},
			want:  []string{`mine.rego:1:1: package policies.pm2.process.mine answers nothing`},
		},
		{
			name:  "components outside of policies.overall",
			files: map[string]string{"mine.rego": policy("mine", "components contains 1 if input.process.runs_rr")},
			want:  []string{`mine.rego:3:1: components is never asked for`},
		},
		{
			name:  "actions in policies.overall",
			files: map[string]string{"mine.rego": "package policies.overall.mine\n\nactions contains 1 if input.mode == \"normal\"\n"},
			want:  []string{`mine.rego:3:1: actions is never asked for; there is: alerts, components, health`},
		},
		{
			name:  "a policy that reads another",
			files: map[string]string{"mine.rego": policy("mine", "findings contains f if {\n\tsome f in data.policies.pm2.process.errored.findings\n}")},
			want:  []string{`mine.rego:4:`, "a policy does not read another policy; put what they share into a helper in package policies.lib"},
		},
		{
			name:  "a policy that reads its own answers",
			files: map[string]string{"mine.rego": policy("mine", finding+"\nalerts contains {\"severity\": \"info\", \"reason\": \"x\"} if count(findings) > 0")},
			want:  []string{`mine.rego:5:`, "a policy does not read its own answers"},
		},
		{
			name:  "a policy that reads all policies as data",
			files: map[string]string{"mine.rego": policy("mine", "findings contains f if {\n\tsome name\n\tf := data.policies.pm2.process[name].findings[_]\n}")},
			want:  []string{`mine.rego:5:`, "a policy does not read policies as data"},
		},
		{
			name:  "a policy that reads fixtures",
			files: map[string]string{"mine.rego": policy("mine", "findings contains data.policies.fixtures.pm2.process")},
			want:  []string{`mine.rego:3:`, "fixtures are for tests"},
		},
		{
			name:  "a policy that reads data that is not there",
			files: map[string]string{"mine.rego": policy("mine", "findings contains 1 if data.confg.pm2")},
			want:  []string{`mine.rego:3:`, "there is no such data; a policy reads input, data.config"},
		},
		{
			name:  "a shared helper that reads input",
			files: map[string]string{"lib.rego": "package policies.lib.mine\n\ndown if input.process.state == \"errored\"\n"},
			want:  []string{`lib.rego:3:9: package policies.lib.mine reads input; what is shared takes values as arguments`},
		},
		{
			name:  "tests in a file that is not a test's",
			files: map[string]string{"errored.rego": "package policies.pm2.process.errored_test\n\ntest_x if true\n"},
			want:  []string{`errored.rego:1:1: package policies.pm2.process.errored_test holds tests; name its file errored_test.rego`},
		},
		{
			name:  "a policy in the file of a test",
			files: map[string]string{"mine_test.rego": policy("mine", finding)},
			want:  []string{`mine_test.rego:1:1: package policies.pm2.process.mine is in a test file; name the package policies.pm2.process.mine_test`},
		},
		{
			name:  "tests of a policy that does not exist",
			files: map[string]string{"a_test.rego": "package policies.pm2.process.erored_test\n\ntest_x if true\n"},
			want:  []string{`a_test.rego:1:1: package policies.pm2.process.erored_test tests policies.pm2.process.erored, which does not exist; did you mean "policies.pm2.process.errored"?`},
		},
		{
			name:  "a test that is never run",
			files: map[string]string{"a_test.rego": "package policies.pm2.process.errored_test\n\ntset_x if true\n"},
			want:  []string{`a_test.rego:3:1: tset_x is never run: the name of a test begins with test_`},
		},
		{
			name:  "a package outside of every kind",
			files: map[string]string{"mine.rego": "package policies.pm2.proces.mine\n\n" + finding},
			want:  []string{`mine.rego:1:1: package policies.pm2.proces.mine is not asked about anything`, `did you mean "policies.pm2.process"?`},
		},
		{
			name:  "a rule in the package of a kind's tests",
			files: map[string]string{"mine.rego": "package mine\n\n" + finding},
			want:  []string{`mine.rego:1:1: package mine is not asked about anything; a policy is a package one level below its kind`},
		},
		{
			name:  "a policy for another contract",
			files: map[string]string{"mine.rego": "# METADATA\n# custom:\n#   contract: 2\n" + policy("mine", finding)},
			want:  []string{`mine.rego:1:1: written for contract 2, and this rr speaks contract 1`},
		},
		{
			name:  "a built-in function that reaches outside",
			files: map[string]string{"mine.rego": policy("mine", "findings contains 1 if {\n\thttp.send({\"method\": \"get\", \"url\": \"http://127.0.0.1\"})\n}")},
			want:  []string{`mine.rego:4:2: built-in function http.send is removed: it reaches outside`},
		},
		{
			name:  "a clock",
			files: map[string]string{"mine.rego": policy("mine", "findings contains 1 if {\n\ttime.now_ns() > 1\n}")},
			want:  []string{`mine.rego:4:2: built-in function time.now_ns is removed`, "input.taken_at"},
		},
		{
			name:  "a function that does not exist",
			files: map[string]string{"mine.rego": policy("mine", "findings contains 1 if {\n\tcuont(input.id) > 1\n}")},
			want:  []string{`mine.rego:4:2: undefined function cuont; did you mean "count"?`},
		},
		{
			name:  "a misspelt name in object.get",
			files: map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tobject.get(input.process, \"memroy_pct\", 0) > 1\n}")},
			want:  []string{`mine.rego:4:28: input.process has no "memroy_pct", so that object.get always gives its default; did you mean "memory_pct"?`},
		},
		{
			name:  "a misspelt path in object.get",
			files: map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tobject.get(input, [\"process\", \"memroy_pct\"], 0) > 1\n}")},
			want:  []string{`mine.rego:4:`, `input has no "memroy_pct"`},
		},
		{
			name:  "a word that a fact never is",
			files: map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tinput.process.state == \"onlin\"\n}")},
			want:  []string{`mine.rego:4:25: input.process.state is never "onlin"; did you mean "online"?`},
		},
		{
			name:  "a word that a fact never is, behind a variable and with !=",
			files: map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\ts := input.process.state\n\ts != \"onlin\"\n}")},
			want:  []string{`mine.rego:5:7: s is never "onlin"`},
		},
		{
			name:  "a word that a fact never is, in a set",
			files: map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tinput.process.state in {\"errord\", \"phantom\"}\n}")},
			want:  []string{`mine.rego:4:26: input.process.state is never "errord"; did you mean "errored"?`},
		},
		{
			name:  "a word that a fact never is, in the set of a helper",
			files: map[string]string{"mine.rego": policy("mine", "_down := {\"errord\"}\n\nfindings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tinput.process.state in _down\n}")},
			want:  []string{`mine.rego:3:11: input.process.state is never "errord"`},
		},
		{
			name:  "not on a fact that can be unknown",
			files: map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tnot input.process.memory_pct < 90\n}")},
			want:  []string{`mine.rego:4:2: not holds also when input.process.memory_pct is unknown; write the opposite condition`},
		},
		{
			name:  "a fraction for a score",
			files: map[string]string{"mine.rego": policy("mine", "findings contains {\"score\": 50.5, \"severity\": \"info\", \"reason\": \"x\"} if input.process.runs_rr")},
			want:  []string{`mine.rego:3:29: score: 50.5, want a whole number`},
		},
		{
			name:  "a severity that does not exist",
			files: map[string]string{"mine.rego": policy("mine", "alerts contains {\"severity\": \"warn\", \"reason\": \"x\"} if input.process.runs_rr")},
			want:  []string{`mine.rego:3:30: severity: no such value "warn"; there is: critical, info, warning`},
		},
		{
			name:  "a verb that does not exist",
			files: map[string]string{"mine.rego": policy("mine", "actions contains {\"verb\": \"pm2.kill\", \"reason\": \"x\"} if input.process.runs_rr")},
			want:  []string{`mine.rego:3:27: verb: "pm2.kill" is nothing that rr does to a pm2/process; `, "there is: pm2.recreate, pm2.reload, "},
		},
		{
			name:  "a verb of another kind",
			files: map[string]string{"mine.rego": policy("mine", "actions contains {\"verb\": \"pm2.save\", \"reason\": \"x\"} if input.process.runs_rr")},
			want:  []string{`mine.rego:3:27: verb: "pm2.save" is nothing that rr does to a pm2/process; `},
		},
		{
			name:  "a verb on what no verb acts on",
			files: map[string]string{"mine.rego": "package policies.pm2.ecosystem.mine\n\nactions contains {\"verb\": \"pm2.restart\", \"reason\": \"x\"} if input.ecosystem.apps > 0\n"},
			want:  []string{`mine.rego:3:27: verb: "pm2.restart" is nothing that rr does to a pm2/ecosystem`},
		},
		{
			name:  "a verb that only a person may ask for",
			files: map[string]string{"mine.rego": "package policies.pm2.daemon.mine\n\nactions contains {\"verb\": \"pm2.update_daemon\", \"reason\": \"x\"} if input.daemon.runs_rr\n"},
			want:  []string{`mine.rego:3:27: verb: pm2.update_daemon is for a person to ask for: rr act pm2.update_daemon`},
		},
		{
			name: "a misspelt configuration that a test replaces",
			files: map[string]string{"mine.rego": policy("mine", finding), "mine_test.rego": `package policies.pm2.process.mine_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.mine

test_x if {
	count(mine.findings) == 0 with input as fixtures.process with data.config.pm2.memory.warn_pc as 80
}
`},
			want: []string{`mine_test.rego:7:`, `there is no "warn_pc", so that the test replaces nothing; did you mean "warn_pct"?`},
		},
		{
			name: "a misspelt name in the configuration that a test writes",
			files: map[string]string{"mine.rego": policy("mine", finding), "mine_test.rego": `package policies.pm2.process.mine_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.mine

test_x if {
	count(mine.findings) == 0 with input as fixtures.process
		with data.config as object.union(fixtures.config, {"pm2": {"memroy": {"warn_pct": 1}}})
}
`},
			want: []string{`mine_test.rego:8:`, `data.config has no "memroy" here; did you mean "memory"?`},
		},
		{
			name:  "a file that is not UTF-8",
			files: map[string]string{"mine.rego": "package \xff"},
			want:  []string{"mine.rego: not UTF-8"},
		},
		{
			name:  "an empty file",
			files: map[string]string{"mine.rego": " \n"},
			want:  []string{"mine.rego: empty; write a policy or remove the file"},
		},
		{
			name:  "a file of comments",
			files: map[string]string{"mine.rego": "# later\n"},
			want:  []string{"mine.rego"},
		},
		{
			name:  "what does not parse",
			files: map[string]string{"mine.rego": policy("mine", "findings contains if {")},
			want:  []string{"mine.rego:3:"},
		},
		{
			name:  "two mistakes at once, and tells both",
			files: map[string]string{"a.rego": policy("a", "finding contains 1"), "b.rego": policy("b", "alert contains 1")},
			want:  []string{"a.rego:3:1: finding is never", "b.rego:3:1: alert is never"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := loadDir(t, test.files)
			if err == nil {
				t.Fatalf("Load(%s) = nil, want an error", test.name)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Load = %v, want %s", err, want)
				}
			}
		})
	}
}

// What is near to a mistake and is none.
func TestLoadAccepts(t *testing.T) {
	tests := []struct {
		name string // it accepts …
		body string
	}{
		{"not on an optional fact that another condition needs", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if {\n\tinput.process.memory_pct\n\tnot input.process.memory_pct < 90\n}"},
		{"not that asks whether a number is known", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if not input.process.memory_pct"},
		{"not on a fact that is always there", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if not input.process.expected"},
		{"a helper", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if _down\n\n_down if input.process.state in {\"errored\", \"phantom\"}"},
		{"object.get of a fact that exists", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if object.get(input.process, \"memory_pct\", 0) > 90"},
		{"several rules of one name", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if input.flaps > 1\n\nfindings contains {\"score\": 2, \"severity\": \"info\", \"reason\": \"x\"} if input.flaps > 2"},
		{"a policy that names its contract", "findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if input.flaps > 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := loadDir(t, map[string]string{"mine.rego": "# METADATA\n# custom:\n#   contract: 1\n" + policy("mine", test.body)}); err != nil {
				t.Errorf("Load = %v, want no error", err)
			}
		})
	}
}

func TestLoadWarnsOfNotOnAHelperThatReadsAnOptionalFact(t *testing.T) {
	engine := mustLoadDir(t, map[string]string{"mine.rego": policy("mine",
		"findings contains {\"score\": 1, \"severity\": \"info\", \"reason\": \"x\"} if not _low\n\n_low if input.process.memory_pct < 90")})
	if w := engine.Warnings(); len(w) != 1 || !strings.Contains(w[0], "not _low holds also when input.process.memory_pct is unknown") {
		t.Errorf("Warnings() = %q, want one about _low", w)
	}
}

func TestLoadRefusesAFolderThatIsNotThere(t *testing.T) {
	_, err := Load(Options{Config: testConfig(), Verbs: testVerbs(), Dir: "/does/not/exist"})
	if err == nil || !strings.Contains(err.Error(), "/does/not/exist: no such folder; make it with rr policies eject") {
		t.Errorf("Load = %v, want no such folder", err)
	}
}

func TestLoadRefusesAFileForAFolder(t *testing.T) {
	dir := folder(t, map[string]string{"x": "y"})
	_, err := Load(Options{Config: testConfig(), Verbs: testVerbs(), Dir: dir + "/x"})
	if err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("Load = %v, want not a folder", err)
	}
}
