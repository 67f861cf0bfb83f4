package githubtest

import (
	"net/http"
	"strconv"
)

func (c *call) getRepo() reply { return ok(c.showRepo()) }

func (c *call) getPermissions() reply {
	body := map[string]any{"enabled": !c.repo.ActionsDisabled}
	if !c.repo.ActionsDisabled {
		body["allowed_actions"] = c.repo.AllowedActions
	}

	return ok(body)
}

func (c *call) listSecrets() reply { return c.secrets(c.repo.Secrets) }

func (c *call) listOrganizationSecrets() reply { return c.secrets(c.repo.OrganizationSecrets) }

func (c *call) secrets(all []Secret) reply {
	part, link := page(c, all, 0)
	shown := []any{}
	for _, s := range part {
		shown = append(shown, map[string]any{"name": s.Name, "created_at": stamp(s.CreatedAt), "updated_at": stamp(s.UpdatedAt)})
	}

	return reply{status: http.StatusOK, body: map[string]any{"total_count": len(all), "secrets": shown}, link: link}
}

func (c *call) listRunners() reply {
	part, link := page(c, c.repo.Runners, 0)
	shown := []any{}
	for _, r := range part {
		labels := []any{}
		for n, name := range r.Labels {
			labels = append(labels, map[string]any{"id": n + 1, "name": name, "type": "custom"})
		}
		shown = append(shown, map[string]any{"id": r.ID, "name": r.Name, "os": r.OS, "status": r.Status, "busy": r.Busy, "version": r.Version, "labels": labels})
	}

	return reply{status: http.StatusOK, body: map[string]any{"total_count": len(c.repo.Runners), "runners": shown}, link: link}
}

func (c *call) cacheUsage() reply {
	return ok(map[string]any{
		"full_name": c.repo.Owner + "/" + c.repo.Name, "active_caches_size_in_bytes": c.repo.CacheBytes, "active_caches_count": c.repo.CacheCount,
	})
}

func (c *call) listDeployments() reply {
	query := c.URL.Query()
	var found []Deployment
	for _, d := range c.repo.Deployments {
		if either(query.Get("environment"), d.Environment) && either(query.Get("sha"), d.SHA) && either(query.Get("ref"), d.Ref) {
			found = append(found, d)
		}
	}
	part, link := page(c, found, 0)
	shown := []any{}
	for _, d := range part {
		shown = append(shown, c.showDeployment(d))
	}

	return reply{status: http.StatusOK, body: shown, link: link}
}

func (c *call) listDeploymentStates() reply {
	id, _ := strconv.ParseInt(c.PathValue("deployment"), 10, 64)
	for _, d := range c.repo.Deployments {
		if d.ID != id {
			continue
		}
		part, link := page(c, d.States, 0)
		shown := []any{}
		for _, state := range part {
			shown = append(shown, c.showDeploymentState(d, state))
		}
		return reply{status: http.StatusOK, body: shown, link: link}
	}

	return problem(http.StatusNotFound, "Not Found")
}

func (c *call) listDeliveries() reply {
	hook, _ := strconv.ParseInt(c.PathValue("hook"), 10, 64)
	deliveries, found := c.repo.Deliveries[hook]
	if !found {
		return problem(http.StatusNotFound, "Not Found")
	}
	shown := []any{}
	for _, d := range deliveries[:min(len(deliveries), clamp(c.URL.Query().Get("per_page"), 30, 100))] {
		shown = append(shown, map[string]any{
			"id": d.ID, "guid": d.GUID, "delivered_at": stamp(d.DeliveredAt), "redelivery": false, "duration": 0.1, "status": d.Status, "status_code": d.StatusCode,
			"event": d.Event, "action": nullable(d.Action), "installation_id": nil, "repository_id": c.repo.ID,
		})
	}

	return ok(shown)
}
