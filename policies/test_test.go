package policies

import (
	"context"
	"strings"
	"testing"
)

const mineTest = `package policies.pm2.process.mine_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.mine

`

const mineFinding = `findings contains {"score": 1, "severity": "info", "reason": "x"} if input.process.state == "errored"`

func testOf(t *testing.T, tests string) TestReport {
	t.Helper()
	report, err := mustLoadDir(t, map[string]string{"mine.rego": policy("mine", mineFinding), "mine_test.rego": mineTest + tests}).Test(context.Background())
	if err != nil {
		t.Fatal(err)
	}

	return report
}

func TestTestRefusesZeroTests(t *testing.T) {
	engine, err := FromFiles(Options{Config: testConfig(), Verbs: testVerbs()}, map[string][]byte{"mine.rego": []byte(policy("mine", mineFinding))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := engine.Test(context.Background()); err == nil || !strings.Contains(err.Error(), "there are no tests") {
		t.Errorf("Test = %v, want that there are no tests", err)
	}
}

func TestTestNamesPoliciesWithoutTests(t *testing.T) {
	report, err := mustLoadDir(t, map[string]string{"mine.rego": policy("mine", mineFinding)}).Test(context.Background())
	if err != nil || len(report.Untested) != 1 || report.Untested[0] != "policies.pm2.process.mine" {
		t.Errorf("untested = %v, %v, want mine", report.Untested, err)
	}
}

func TestTestFailsOnATestThatDoesNotHold(t *testing.T) {
	report := testOf(t, "test_x if {\n\tcount(mine.findings) == 1 with input as fixtures.process\n}\n")
	if report.Failed != 1 || !strings.Contains(report.Err().Error(), "mine_test.rego:6:1: test_x does not hold") {
		t.Errorf("Test = %v, want test_x to fail", report.Err())
	}
}

// Without it a test that nothing happens passes for ever, whatever the policy
// does.
func TestTestFailsOnAMisspeltFieldOfANegativeTest(t *testing.T) {
	tests := []struct{ name, test, want string }{
		{"a field", `{"process": {"stat": "errored"}}`, `input.process: no field "stat"; did you mean "state"?`},
		{"a value", `{"process": {"state": "errord"}}`, `input.process.state: no such value "errord"; did you mean "errored"?`},
		{"a type", `{"process": {"memory_pct": "90"}}`, `input.process.memory_pct: string, want integer`},
		{"a fraction", `{"process": {"memory_pct": 90.5}}`, `input.process.memory_pct: number, want integer`},
		{"a verb", `{"attempts": {"pm2.restrat": {}}}`, `input.attempts: no field "pm2.restrat"; did you mean "pm2.restart"?`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			report := testOf(t, "test_x if {\n\tcount(mine.findings) == 0 with input as object.union(fixtures.process, "+test.test+")\n}\n")
			if report.Failed == 0 || report.Err() == nil || !strings.Contains(report.Err().Error(), test.want) {
				t.Errorf("Test = %v, want %s", report.Err(), test.want)
			}
		})
	}
	report := testOf(t, "test_x if {\n\tcount(mine.findings) == 0 with input as {\"process\": {\"state\": \"online\"}}\n}\n")
	if report.Err() == nil || !strings.Contains(report.Err().Error(), `input: field "attempts" is missing; start from policies.fixtures`) {
		t.Errorf("Test = %v, want a missing field", report.Err())
	}
}

func TestTestFailsOnAnErrorOfABuiltinFunction(t *testing.T) {
	report := testOf(t, "test_x if not to_number(\"x\") == 1\n")
	if report.Failed != 1 || !strings.Contains(report.Err().Error(), "to_number") {
		t.Errorf("Test = %v, want the error of to_number", report.Err())
	}
}

func TestTestCountsWhatIsCovered(t *testing.T) {
	report := testOf(t, "test_x if {\n\tcount(mine.findings) == 0 with input as fixtures.process\n}\n\ntodo_test_y if false\n")
	if report.Failed != 0 || report.Skipped != 1 {
		t.Errorf("failed %d, skipped %d: %v, want 0 and 1", report.Failed, report.Skipped, report.Err())
	}
	for path, percent := range report.Coverage {
		if strings.HasSuffix(path, "mine.rego") && percent != 0 {
			t.Errorf("coverage of %s = %d, want 0", path, percent)
		}
		if strings.HasPrefix(path, "policies/") && percent < 95 {
			t.Errorf("coverage of %s = %d, want 95 or more", path, percent)
		}
	}
}

func TestTestSinceRunsTheTestsOfWhatChanged(t *testing.T) {
	before := mustLoadDir(t, nil)
	same := mustLoadDir(t, nil)
	if report, err := same.TestSince(context.Background(), before); err != nil || len(report.Tests) > 0 {
		t.Errorf("TestSince of the same = %d tests, %v; want none", len(report.Tests), err)
	}
	mine := mustLoadDir(t, map[string]string{
		"pm2/process/mine.rego": `package policies.pm2.process.mine

findings contains {"score": 10, "severity": "info", "reason": "r"} if input.process.restarts > 5
`,
		"pm2/process/mine_test.rego": `package policies.pm2.process.mine_test

import data.policies.fixtures.pm2 as fixtures
import data.policies.pm2.process.mine

test_wrong if count(mine.findings) == 1 with input as fixtures.process
`,
	})
	report, err := mine.TestSince(context.Background(), before)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Tests) != 1 || report.Err() == nil {
		t.Errorf("TestSince of a new package with a wrong test = %d tests, %v; want its one, failed", len(report.Tests), report.Err())
	}
}

func TestReloadOfTheSameTextsTakesTheNewConfiguration(t *testing.T) {
	before := mustLoadDir(t, nil)
	options := before.options
	options.Dir = ""
	options.Config.Health.Healthy = 99
	after, err := before.Reload(options)
	if err != nil {
		t.Fatal(err)
	}
	if after.running != before.running {
		t.Error("the same texts were compiled again")
	}
	if after.status(98) == before.status(98) || after.configHash == before.configHash {
		t.Errorf("98 is %s with healthy 99 and %s before; hashes %s, %s", after.status(98), before.status(98), after.configHash, before.configHash)
	}
}
