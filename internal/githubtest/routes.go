package githubtest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// permission is what a route needs: the name and level for tokens that have
// permissions, and whether the owner of a classic one must be an admin.
type permission struct {
	name, level string
	admin       bool
}

func reads(name string) permission  { return permission{name: name, level: "read"} }
func writes(name string) permission { return permission{name: name, level: "write"} }
func admins(name, level string) permission {
	return permission{name: name, level: level, admin: true}
}

// routes names all that the server answers.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	const repo = "/repos/{owner}/{repo}"
	for _, route := range []struct {
		pattern string
		needs   permission
		handle  func(*call) reply
	}{
		{"GET /rate_limit", permission{}, (*call).rateLimit},
		{"GET /search/issues", permission{}, (*call).searchIssues},
		{"POST /app/installations/{id}/access_tokens", permission{}, (*call).installationToken},

		{"GET " + repo, reads("metadata"), (*call).getRepo},
		{"GET " + repo + "/actions/permissions", admins("administration", "read"), (*call).getPermissions},
		{"GET " + repo + "/actions/secrets", admins("secrets", "read"), (*call).listSecrets},
		{"GET " + repo + "/actions/organization-secrets", admins("secrets", "read"), (*call).listOrganizationSecrets},
		{"GET " + repo + "/actions/runners", admins("administration", "read"), (*call).listRunners},
		{"GET " + repo + "/actions/cache/usage", reads("actions"), (*call).cacheUsage},
		{"GET " + repo + "/hooks/{hook}/deliveries", admins("repository_hooks", "read"), (*call).listDeliveries},
		{"GET " + repo + "/deployments", reads("deployments"), (*call).listDeployments},
		{"GET " + repo + "/deployments/{deployment}/statuses", reads("deployments"), (*call).listDeploymentStates},

		{"GET " + repo + "/actions/workflows", reads("actions"), (*call).listWorkflows},
		{"GET " + repo + "/actions/workflows/{workflow}", reads("actions"), (*call).getWorkflow},
		{"GET " + repo + "/actions/workflows/{workflow}/runs", reads("actions"), (*call).listRuns},
		{"PUT " + repo + "/actions/workflows/{workflow}/enable", writes("actions"), (*call).enableWorkflow},
		{"PUT " + repo + "/actions/workflows/{workflow}/disable", writes("actions"), (*call).disableWorkflow},
		{"POST " + repo + "/actions/workflows/{workflow}/dispatches", writes("actions"), (*call).dispatch},

		{"GET " + repo + "/actions/runs", reads("actions"), (*call).listRuns},
		{"GET " + repo + "/actions/runs/{run}", reads("actions"), (*call).getRun},
		{"GET " + repo + "/actions/runs/{run}/attempts/{attempt}", reads("actions"), (*call).getRun},
		{"GET " + repo + "/actions/runs/{run}/jobs", reads("actions"), (*call).listJobs},
		{"GET " + repo + "/actions/runs/{run}/attempts/{attempt}/jobs", reads("actions"), (*call).listJobs},
		{"GET " + repo + "/actions/runs/{run}/pending_deployments", reads("actions"), (*call).listPending},
		{"POST " + repo + "/actions/runs/{run}/rerun", writes("actions"), (*call).rerun},
		{"POST " + repo + "/actions/runs/{run}/rerun-failed-jobs", writes("actions"), (*call).rerunFailed},
		{"POST " + repo + "/actions/runs/{run}/cancel", writes("actions"), (*call).cancel},
		{"POST " + repo + "/actions/runs/{run}/force-cancel", writes("actions"), (*call).forceCancel},
		{"GET " + repo + "/actions/jobs/{job}", reads("actions"), (*call).getJob},
		{"GET " + repo + "/actions/jobs/{job}/logs", reads("actions"), (*call).jobLogs},
		{"POST " + repo + "/actions/jobs/{job}/rerun", writes("actions"), (*call).rerunJob},

		{"GET " + repo + "/contents", reads("contents"), (*call).getContents},
		{"GET " + repo + "/contents/{path...}", reads("contents"), (*call).getContents},
		{"PUT " + repo + "/contents/{path...}", writes("contents"), (*call).putContents},
		{"GET " + repo + "/git/blobs/{sha}", reads("contents"), (*call).getBlob},
		{"GET " + repo + "/commits", reads("contents"), (*call).listCommits},
		{"GET " + repo + "/commits/{ref...}", reads("contents"), (*call).getCommit},
		{"GET " + repo + "/branches/{branch...}", reads("contents"), (*call).getBranch},
		{"GET " + repo + "/git/ref/{ref...}", reads("contents"), (*call).getRef},
		{"POST " + repo + "/git/refs", writes("contents"), (*call).createRef},
		{"PATCH " + repo + "/git/refs/{ref...}", writes("contents"), (*call).updateRef},
		{"DELETE " + repo + "/git/refs/{ref...}", writes("contents"), (*call).deleteRef},

		{"GET " + repo + "/pulls", reads("pull_requests"), (*call).listPulls},
		{"POST " + repo + "/pulls", writes("pull_requests"), (*call).createPull},
		{"GET " + repo + "/issues", reads("issues"), (*call).listIssues},
		{"POST " + repo + "/issues", writes("issues"), (*call).createIssue},
		{"GET " + repo + "/issues/{number}", reads("issues"), (*call).getIssue},
		{"PATCH " + repo + "/issues/{number}", writes("issues"), (*call).updateIssue},
		{"POST " + repo + "/issues/{number}/comments", writes("issues"), (*call).commentIssue},
	} {
		mux.HandleFunc(route.pattern, func(w http.ResponseWriter, r *http.Request) {
			e := w.(*exchange)
			e.call.Request, e.found = r, true
			e.reply = e.call.answer(route.needs, route.handle)
		})
	}

	return mux
}

// answer finds the repository of a route and asks whether the token may.
func (c *call) answer(needs permission, handle func(*call) reply) reply {
	if owner := c.PathValue("owner"); owner != "" {
		name := owner + "/" + c.PathValue("repo")
		if to, moved := c.world.Moved[name]; moved {
			location := c.base + "/repos/" + to + strings.TrimPrefix(c.URL.Path, "/repos/"+name)
			status := http.StatusMovedPermanently
			if c.Method != http.MethodGet {
				status = http.StatusTemporaryRedirect
			}
			return reply{status: status, body: map[string]any{"message": "Moved Permanently", "url": location, "documentation_url": "https://docs.github.com/rest"}, header: map[string]string{"Location": location}}
		}
		if c.repo = c.world.Repos[name]; c.repo == nil {
			return problem(http.StatusNotFound, "Not Found")
		}
	}
	if refused := c.permit(needs); refused != nil {
		return *refused
	}

	return handle(c)
}

// page cuts a listing, newest first, and says where the next part is. most
// bounds what a search shows; 0 for all.
func page[T any](c *call, all []T, most int) (part []T, link string) {
	if most > 0 && len(all) > most {
		all = all[:most]
	}
	query := c.URL.Query()
	size := clamp(query.Get("per_page"), 30, 100)
	number := clamp(query.Get("page"), 1, 1<<30)
	last := max((len(all)+size-1)/size, 1)
	from := min((number-1)*size, len(all))
	part = all[from:min(from+size, len(all))]
	var links []string
	add := func(to int, rel string) {
		next := url.Values{}
		for name, values := range query {
			next[name] = values
		}
		next.Set("page", strconv.Itoa(to))
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel="%s"`, c.base, c.URL.EscapedPath(), next.Encode(), rel))
	}
	if number > 1 {
		add(min(number-1, last), "prev")
	}
	if number < last {
		add(number+1, "next")
		add(last, "last")
	}
	if number > 1 {
		add(1, "first")
	}

	return part, strings.Join(links, ", ")
}

func clamp(text string, otherwise, most int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return otherwise
	}

	return min(n, most)
}

func (c *call) rateLimit() reply {
	now := c.s.now()
	c.token.allowed("core", now)
	c.token.allowed("search", now)
	entry := func(limit, used int, reset int64) map[string]any {
		return map[string]any{"limit": limit, "used": used, "remaining": max(limit-used, 0), "reset": reset}
	}
	coreRate := entry(c.token.limit(), c.token.Used, c.token.ResetAt.Unix())

	return ok(map[string]any{
		"resources": map[string]any{"core": coreRate, "search": entry(searchLimit, c.token.SearchUsed, c.token.SearchResetAt.Unix())},
		"rate":      coreRate,
	})
}
