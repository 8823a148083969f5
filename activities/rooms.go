package activities

import (
	"context"

	"github.com/lowcodex/countersign/compliance"
)

// Rooms is what is needed of a chat to give a subject a channel of its own.
// Every error is a *compliance.Failure. The implementation does not retry.
type Rooms interface {
	// Open makes the channel once per name, which holds an id that nothing else
	// has: a channel of that name is this one, made by an earlier attempt. People
	// without an account at the chat are left out.
	Open(ctx context.Context, room compliance.NewRoom, people map[compliance.PersonID]compliance.Person) (compliance.Room, error)
	// Invite adds people to a channel; who is in it already is no error.
	Invite(ctx context.Context, room compliance.Room, people map[compliance.PersonID]compliance.Person) error
}

// OpenRoom makes a channel and invites its people. Repeating it finds the first
// one. That somebody could not be invited does not undo the channel.
func (m *Messages) OpenRoom(ctx context.Context, in compliance.NewRoom) (compliance.Room, error) {
	people, err := m.People.Named(ctx, in.People)
	if err != nil {
		return compliance.Room{}, translate(err)
	}
	room, err := m.Rooms.Open(ctx, in, people)
	if err != nil {
		return compliance.Room{}, translate(err)
	}
	done(ctx, "room open", "room", in.Name)
	return room, nil
}

// InviteInput adds people to a room.
type InviteInput struct {
	Room   compliance.Room       `json:"room"`
	People []compliance.PersonID `json:"people"`
}

// InvitePeople adds people to a room. It may run any number of times.
func (m *Messages) InvitePeople(ctx context.Context, in InviteInput) (Done, error) {
	people, err := m.People.Named(ctx, in.People)
	if err == nil {
		err = m.Rooms.Invite(ctx, in.Room, people)
	}
	return Done{}, translate(err)
}
