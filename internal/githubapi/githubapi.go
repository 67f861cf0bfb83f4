// Package githubapi speaks to the GitHub REST API for those who watch and those
// who act. It is go-github over a transport of rr's own, which sends the token
// to the API host and nowhere else, asks conditionally so that an unchanged
// answer costs nothing, keeps the rate limits as state, spaces writes and bounds
// every call in time and size. It judges nothing, keeps nothing on disk, never
// sleeps for a limit and never repeats a call.
//
// Read client.go for what it offers and transport.go for the path of a request:
// baseurl.go says where the API is, auth.go, app.go and gh.go who asks, limits.go
// whether the request may be sent, exchange.go sends it and reads its answer,
// cache.go remembers the answer. errors.go and problem.go tell what went wrong;
// writes.go, pages.go and logs.go are what go-github v62 lacks.
package githubapi
