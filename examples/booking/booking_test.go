package booking

import (
	"sync/atomic"
	"testing"
)

// has is an office that always books what.
func has(what string) Office {
	return func() (string, bool) { return what, true }
}

// hasNothing is an office that is sold out.
func hasNothing() (string, bool) { return "", false }

// counted is an office that fails a number of times first, and counts how often it is asked.
type counted struct {
	asked atomic.Int32
}

func (c *counted) failing(times int32, what string) Office {
	return func() (string, bool) { return what, c.asked.Add(1) > times }
}

// Both hotels have a room: the slower one waits for ever to say so.
func TestBooking(t *testing.T) {
	agency := Agency{HotelA: has("room in A"), HotelB: has("room in B"), Train: has("seat in train"), Bus: hasNothing}
	if plan, ok := agency.Trip().Get(); !ok || plan == "" {
		t.Errorf("Trip() = %q, %v", plan, ok)
	}
}

func TestFixedBooking(t *testing.T) {
	agency := Agency{HotelA: has("room in A"), HotelB: has("room in B"), Train: has("seat in train"), Bus: hasNothing}
	trip := agency.FixedTrip()
	announced := make(chan string, 1)
	trip.OnSuccess(func(plan string) { announced <- plan })
	if plan, ok := trip.Get(); !ok || plan != <-announced {
		t.Errorf("FixedTrip() = %q, %v", plan, ok)
	}
}

// The hotel is found at the second attempt and the train at the third: by then the hotel is kept.
func TestRetry(t *testing.T) {
	var hotel, train counted
	agency := Agency{
		HotelA: hotel.failing(1, "room in A"), HotelB: hasNothing,
		Train: train.failing(1, "seat in train"), Bus: hasNothing,
	}
	plan, ok := agency.FixedTrip().Retry(2).Get()
	if !ok || plan != "room in A, seat in train" {
		t.Errorf("Retry(2) = %q, %v", plan, ok)
	}
	if hotel.asked.Load() != 2 || train.asked.Load() != 2 {
		t.Errorf("hotel asked %d times, train %d times; want 2 and 2", hotel.asked.Load(), train.asked.Load())
	}
}

func TestRetryGivesUp(t *testing.T) {
	var hotel counted
	gaveUp := make(chan struct{})
	trip := New(hotel.failing(5, "room in A")).Retry(2)
	trip.OnFailure(func() { close(gaveUp) })
	<-gaveUp
	if asked := hotel.asked.Load(); asked != 3 {
		t.Errorf("asked %d times; want once and two more", asked)
	}

	// Retrying the retried future goes on with what is left to restart.
	if room, ok := trip.Retry(1).Get(); !ok || room != "room in A" || hotel.asked.Load() != 6 {
		t.Errorf("second Retry = %q, %v after %d", room, ok, hotel.asked.Load())
	}
}
