package policies

import (
	"context"

	"rr/schemas"
)

// decideMode asks policies.overall a second time, with how the whole was judged,
// for the mode that it should be in. Where nothing is known of the whole nothing
// is asked: that neither begins an emergency nor ends one.
func (e *Engine) decideMode(ctx context.Context, asker *asker, s schemas.Snapshot, judged []judgement, d *schemas.Decision) {
	if d.Health.Score == nil {
		return
	}
	in := e.overallInput(s, judged)
	in.Health = &schemas.HealthAnswer{Score: d.Health.Score, Status: d.Health.Status, Confidence: d.Health.Confidence}
	input, err := term(in)
	if err != nil {
		d.Errors = append(d.Errors, schemas.PolicyError{Policy: "policies.overall", Error: err.Error()})
		return
	}
	for _, reply := range asker.ask(ctx, subject{kind: overall, input: input, config: e.stores[overall]}) {
		wish, err := reply.wish()
		if err != nil {
			d.Errors = append(d.Errors, policyError("", reply.policy, err))
			continue
		}
		if wish != nil && (d.Wish == nil || d.Wish.Mode != schemas.ModeEmergency) && (d.Wish == nil || wish.Mode == schemas.ModeEmergency) {
			d.Wish = wish
		}
	}
}

// wish is the mode that one policy asks for, nil where it asks for none. Of
// several, emergency outranks normal, and the first of equals counts.
func (r reply) wish() (*schemas.Wish, error) {
	if r.err != nil {
		return nil, nil // told when it was asked for health
	}
	answers, err := r.list("mode")
	if err != nil {
		return nil, err
	}
	var first *schemas.Wish
	for _, a := range answers {
		if err := a.only("mode", "reason"); err != nil {
			return nil, err
		}
		mode, err := a.word("mode", schemas.ModeEmergency, schemas.ModeNormal)
		if err != nil {
			return nil, err
		}
		reason, err := a.text("reason")
		if err != nil {
			return nil, err
		}
		if first == nil || first.Mode != schemas.ModeEmergency && mode == schemas.ModeEmergency {
			first = &schemas.Wish{Mode: mode, Reason: reason, Policy: r.policy, At: a.at}
		}
	}

	return first, nil
}
