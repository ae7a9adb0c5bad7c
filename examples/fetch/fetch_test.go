package fetch

import (
	"context"
	"testing"
	"time"
)

func mirror(answer string, delay time.Duration) Fetcher {
	return func(ctx context.Context) (string, error) {
		select {
		case <-time.After(delay):
			return answer, nil
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func TestFirst(t *testing.T) {
	answer, err := First(context.Background(), mirror("near", time.Millisecond), mirror("far", 20*time.Millisecond))
	if err != nil || answer == "" {
		t.Errorf("First() = %q, %v", answer, err)
	}
}

func TestFixedFirst(t *testing.T) {
	answer, err := FixedFirst(context.Background(), mirror("near", time.Millisecond), mirror("far", 20*time.Millisecond))
	if err != nil || answer == "" {
		t.Errorf("FixedFirst() = %q, %v", answer, err)
	}
}
