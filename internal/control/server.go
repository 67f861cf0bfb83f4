package control

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"rr/schemas"
)

// Answers is what the rr that runs can be asked.
type Answers struct {
	Status func(ctx context.Context) (Status, error)
	Act    func(ctx context.Context, r ActRequest) (schemas.Outcome, error)
	Order  func(ctx context.Context, r OrderRequest) (OrderResult, error)
}

// ErrUsage marks a request that is wrong in itself, as an unknown verb is.
var ErrUsage = errors.New("usage")

// longestAnswer is how long an answer that was begun may take: an act is
// finished before rr leaves.
const longestAnswer = 3 * time.Minute

// Serve answers on the listener until ctx ends, then lets those being answered
// finish.
func Serve(ctx context.Context, l net.Listener, a Answers) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", answer(func(ctx context.Context, _ struct{}) (Status, error) { return a.Status(ctx) }))
	mux.HandleFunc("POST /act", answer(a.Act))
	mux.HandleFunc("POST /order", answer(a.Order))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}

	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestAnswer)
		defer cancel()
		stopped <- server.Shutdown(last)
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}

	return <-stopped
}

// answer makes an HTTP handler of a question.
func answer[Q, A any](ask func(context.Context, Q) (A, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var question Q
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(&question); err != nil {
				refuse(w, http.StatusBadRequest, refusal{Error: err.Error(), Usage: true})
				return
			}
		}
		result, err := ask(r.Context(), question)
		if err != nil {
			refuse(w, http.StatusUnprocessableEntity, refusal{Error: err.Error(), Usage: errors.Is(err, ErrUsage)})
			return
		}
		_ = json.NewEncoder(w).Encode(result) // whoever asked is gone
	}
}

func refuse(w http.ResponseWriter, status int, body refusal) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
