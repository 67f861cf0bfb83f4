package netlifytest_test

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"rr/internal/netlifytest"
)

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// ask asks the fake as the protocol says, without rr's client.
func ask(t *testing.T, f *netlifytest.Fake, method, path, body string) (status int, answer map[string]any) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, f.Base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+f.Token)
	if strings.HasPrefix(path, "deploys/") {
		request.Header.Set("Content-Type", "application/octet-stream")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &answer); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, raw)
		}
	}

	return response.StatusCode, answer
}

// fleet is a site with three deploys, the last published.
func fleet(t *testing.T) (f *netlifytest.Fake, site string, deploys []string) {
	t.Helper()
	f = netlifytest.Start(t)
	site = f.AddSite("shop-acme")
	for i := range 3 {
		at := day.Add(time.Duration(i) * time.Hour)
		deploys = append(deploys, f.AddDeploy(site, netlifytest.Deploy{CreatedAt: at, PublishedAt: at}))
	}

	return f, site, deploys
}

// Why rr restores: the same rollback twice is not the same, the same restore
// twice is.
func TestRollbackTwiceGoesBackTwiceAndRestoreOnce(t *testing.T) {
	f, site, deploys := fleet(t)
	for _, want := range []string{deploys[1], deploys[0]} {
		if status, _ := ask(t, f, "PUT", "sites/"+site+"/rollback", ""); status != 204 || f.Published(site) != want {
			t.Errorf("rollback = %d, published %s, want %s", status, f.Published(site), want)
		}
	}
	f, site, deploys = fleet(t)
	for range 2 {
		if status, _ := ask(t, f, "POST", "sites/"+site+"/deploys/"+deploys[0]+"/restore", ""); status != 201 || f.Published(site) != deploys[0] {
			t.Errorf("restore = %d, published %s, want %s", status, f.Published(site), deploys[0])
		}
	}
}

func TestDeployChangesByTheClock(t *testing.T) {
	f := netlifytest.Start(t)
	now := day
	f.Now, f.Stage = func() time.Time { return now }, 10*time.Second
	site := f.AddSite("shop-acme")
	id, sum := begin(t, f, site, "shop", false)
	states := []string{}
	look := func() {
		_, d := ask(t, f, "GET", "sites/"+site+"/deploys/"+id, "")
		states = append(states, d["state"].(string))
	}
	look()
	if status, _ := ask(t, f, "PUT", "deploys/"+id+"/files/index.html", "shop"); status != 200 {
		t.Fatalf("the file is not taken: %d (%s)", status, sum)
	}
	for range 5 {
		look()
		now = now.Add(5 * time.Second)
	}
	if got := fmt.Sprint(states); got != "[uploading uploaded uploaded processing processing ready]" {
		t.Errorf("states = %s", got)
	}
	if f.Published(site) != id {
		t.Error("it is not published")
	}
}

func TestDeployChangesByHand(t *testing.T) {
	f := netlifytest.Start(t)
	f.Manual = true
	site := f.AddSite("shop-acme")
	f.FailNext(site, "no space")
	id, _ := begin(t, f, site, "shop", true)
	for _, want := range []string{"preparing", "prepared"} {
		if d := f.Deploy(id); d.State != want {
			t.Errorf("state = %s, want %s", d.State, want)
		}
		ask(t, f, "GET", "sites/"+site+"/deploys/"+id, "") // moves nothing
		f.Step(id)
	}
	ask(t, f, "PUT", "deploys/"+id+"/files/index.html", "shop")
	f.Step(id)
	f.Step(id)
	if d := f.Deploy(id); d.State != "error" || d.Error != "no space" || f.Published(site) != "" {
		t.Errorf("the deploy is %+v", d)
	}
}

// begin begins a deploy of one file and tells its content.
func begin(t *testing.T, f *netlifytest.Fake, site, text string, async bool) (id, sum string) {
	t.Helper()
	_, d := ask(t, f, "POST", "sites/"+site+"/deploys", `{"draft":false}`)
	id = d["id"].(string)
	if d["state"] != "new" {
		t.Fatalf("a new deploy is %v", d["state"])
	}
	raw := sha1.Sum([]byte(text))
	sum = hex.EncodeToString(raw[:])
	_, d = ask(t, f, "PUT", "sites/"+site+"/deploys/"+id, fmt.Sprintf(`{"files":{"index.html":%q},"async":%v}`, sum, async))
	if required := fmt.Sprint(d["required"]); !async && required != "["+sum+"]" {
		t.Fatalf("required = %s, want %s", required, sum)
	}

	return id, sum
}

// A cut upload leaves what was required required, and content that is not what
// was told is refused.
func TestContentIsWhatWasTold(t *testing.T) {
	f := netlifytest.Start(t)
	site := f.AddSite("shop-acme")
	id, sum := begin(t, f, site, "shop", false)
	file := "deploys/" + id + "/files/"
	f.Inject("PUT deploys/*", 1, netlifytest.CutUpload(2))
	if status, _ := ask(t, f, "PUT", file+"index.html", "shop"); status != 0 {
		t.Errorf("a cut upload = %d, want no answer", status)
	}
	if status, _ := ask(t, f, "PUT", file+"index.html", "SHOP"); status != 422 {
		t.Errorf("other content = %d, want 422", status)
	}
	if status, _ := ask(t, f, "PUT", file+"other.html", "shop"); status != 404 {
		t.Errorf("another file = %d, want 404", status)
	}
	if _, d := ask(t, f, "GET", "sites/"+site+"/deploys/"+id, ""); fmt.Sprint(d["required"]) != "["+sum+"]" || d["state"] != "uploading" {
		t.Errorf("the deploy is %v and requires %v", d["state"], d["required"])
	}
	if status, _ := ask(t, f, "PUT", file+"index.html", "shop"); status != 200 || f.Deploy(id).State != "uploaded" {
		t.Errorf("the right content = %d, state %s", status, f.Deploy(id).State)
	}
	if again := beginAgain(t, f, site); again["state"] != "uploaded" || len(again["required"].([]any)) != 0 {
		t.Errorf("the same content again is %v and requires %v", again["state"], again["required"])
	}
}

// beginAgain tells a new deploy the same content and gives what is answered.
func beginAgain(t *testing.T, f *netlifytest.Fake, site string) map[string]any {
	t.Helper()
	_, d := ask(t, f, "POST", "sites/"+site+"/deploys", `{}`)
	raw := sha1.Sum([]byte("shop"))
	_, told := ask(t, f, "PUT", "sites/"+site+"/deploys/"+d["id"].(string), fmt.Sprintf(`{"files":{"index.html":%q}}`, hex.EncodeToString(raw[:])))

	return told
}

func TestTokenIsAsked(t *testing.T) {
	f, site, _ := fleet(t)
	right := f.Token
	f.Token = "another"
	if status, _ := ask(t, f, "GET", "sites/"+site, ""); status != 200 {
		t.Errorf("the token of the fake = %d", status)
	}
	request, err := http.NewRequest("GET", f.Base+"sites/"+site, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+right)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != 401 {
		t.Errorf("another token = %d, want 401", response.StatusCode)
	}
}

func TestMinutesAreLimited(t *testing.T) {
	f, site, _ := fleet(t)
	now := day
	f.Now, f.Limit = func() time.Time { return now }, 2
	for i, want := range []int{200, 200, 429, 429} {
		if status, _ := ask(t, f, "GET", "sites/"+site, ""); status != want {
			t.Errorf("question %d = %d, want %d", i, status, want)
		}
	}
	now = now.Add(time.Minute)
	if status, _ := ask(t, f, "GET", "sites/"+site, ""); status != 200 {
		t.Errorf("in the next minute = %d, want 200", status)
	}
	if f.Writes() != 0 || f.Count("GET sites/*") != 5 {
		t.Errorf("counted %d writes and %d questions, want 0 and 5", f.Writes(), f.Count("GET sites/*"))
	}
}

func TestRouteKeepsEncodedNames(t *testing.T) {
	f := netlifytest.Start(t)
	site := f.AddSite("shop-acme")
	_, d := ask(t, f, "POST", "sites/"+site+"/deploys", `{}`)
	raw := sha1.Sum([]byte("x"))
	name := "a b/100%+ü.txt"
	body, _ := json.Marshal(map[string]any{"files": map[string]string{name: hex.EncodeToString(raw[:])}})
	ask(t, f, "PUT", "sites/"+site+"/deploys/"+d["id"].(string), string(body))
	if status, answer := ask(t, f, "PUT", "deploys/"+d["id"].(string)+"/files/a%20b/100%25+%C3%BC.txt", "x"); status != 200 {
		t.Errorf("%s = %d %v", name, status, answer)
	}
}
