package booking

// Office books one thing and says what it booked; false when it has nothing left.
type Office func() (string, bool)

// Agency knows the offices that a trip needs.
type Agency struct {
	HotelA, HotelB, Train, Bus Office
}

func (a *Agency) bookHotelA() *Future[string] { return New(a.HotelA) }
func (a *Agency) bookHotelB() *Future[string] { return New(a.HotelB) }
func (a *Agency) bookTrain() *Future[string]  { return New(a.Train) }
func (a *Agency) bookBus() *Future[string]    { return New(a.Bus) }

// Trip books a room in the hotel that answers first, then a seat in the train or the bus.
// When both hotels have a room, or both train and bus a seat, a goroutine leaks.
func (a *Agency) Trip() *Future[string] {
	hotel := a.bookHotelA().FirstSucc(a.bookHotelB())
	return hotel.Then(func(room string) (string, bool) {
		seat, ok := a.bookTrain().FirstSucc(a.bookBus()).Get()
		return room + ", " + seat, ok
	})
}

// FixedTrip is Trip without the leak.
func (a *Agency) FixedTrip() *Future[string] {
	hotel := a.bookHotelA().FixedFirstSucc(a.bookHotelB())
	return hotel.Then(func(room string) (string, bool) {
		seat, ok := a.bookTrain().FixedFirstSucc(a.bookBus()).Get()
		return room + ", " + seat, ok
	})
}
