// Package fetch asks several mirrors and takes the first answer.
package fetch

import (
	"context"
	"errors"
	"time"
)

// Fetcher asks one mirror.
type Fetcher func(ctx context.Context) (string, error)

// ErrTimeout says that no mirror answered in time.
var ErrTimeout = errors.New("fetch: no answer in time")

// First returns the first answer. The losers wait for ever to send theirs.
func First(ctx context.Context, fetchers ...Fetcher) (string, error) {
	answers := make(chan string)
	for _, fetch := range fetchers {
		go func() {
			if answer, err := fetch(ctx); err == nil {
				answers <- answer
			}
		}()
	}
	select {
	case answer := <-answers:
		return answer, nil
	case <-time.After(time.Second):
		return "", ErrTimeout
	}
}

// FixedFirst returns the first answer. The channel has room for every answer, so that no loser waits.
func FixedFirst(ctx context.Context, fetchers ...Fetcher) (string, error) {
	answers := make(chan string, len(fetchers))
	for _, fetch := range fetchers {
		go func() {
			if answer, err := fetch(ctx); err == nil {
				answers <- answer
			}
		}()
	}
	select {
	case answer := <-answers:
		return answer, nil
	case <-time.After(time.Second):
		return "", ErrTimeout
	}
}
