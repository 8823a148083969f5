package slack

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	slackgo "github.com/slack-go/slack"

	"github.com/lowcodex/countersign/compliance"
)

// maxRoomName is the length of a channel's name.
// https://docs.slack.dev/reference/methods/conversations.create
const maxRoomName = 80

// roomPages bounds the pages of 200 channels that are searched for a room.
const roomPages = 25

// Rooms makes channels for single subjects. It satisfies the capability that
// asks for it structurally.
type Rooms struct{ client *Client }

// NewRooms makes Rooms of a client.
func NewRooms(client *Client) *Rooms { return &Rooms{client: client} }

// Open makes a public channel with this name and invites its people. The name
// holds an id that nothing else has, so a name that is taken is this room, made
// by an attempt whose answer was lost: it is looked for and adopted.
//
// The error is a *compliance.Failure: Blocked when the app may not make
// channels, Invalid when the name cannot be one. That somebody could not be
// invited is no error; Room.Missing counts them.
func (r *Rooms) Open(ctx context.Context, room compliance.NewRoom, people map[compliance.PersonID]compliance.Person) (compliance.Room, error) {
	if room.Name == "" || len(room.Name) > maxRoomName {
		return compliance.Room{}, invalid(opRoom, errors.New("a channel's name has 1 to 80 characters"))
	}
	c := r.client
	made := compliance.Room{Name: room.Name}
	err := c.call(ctx, opRoom, func(ctx context.Context) error {
		ch, err := c.api.CreateConversationContext(ctx, slackgo.CreateConversationParams{ChannelName: room.Name})
		if err == nil && (ch == nil || ch.ID == "") {
			return errors.New("the answer names no channel")
		}
		if err == nil {
			made.Channel = ch.ID
		}
		return err
	})
	if codeOf(err) == "name_taken" {
		made.Channel, err = r.find(ctx, room.Name)
	}
	if err != nil {
		return compliance.Room{}, err
	}
	if room.Purpose != "" {
		r.describe(ctx, made.Channel, room.Purpose)
	}
	missing, err := r.invite(ctx, made.Channel, people)
	made.Missing = missing
	if err != nil {
		c.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "could not invite into a room", slog.String("room", room.Name), slog.String("error", err.Error()))
	}
	return made, nil
}

// Invite adds people to a channel. Who is in it already, or can never be, is no error.
func (r *Rooms) Invite(ctx context.Context, room compliance.Room, people map[compliance.PersonID]compliance.Person) error {
	_, err := r.invite(ctx, room.Channel, people)
	return err
}

// find looks for the channel of a name that is taken.
func (r *Rooms) find(ctx context.Context, name string) (string, error) {
	c := r.client
	cursor := ""
	for range roomPages {
		var page []slackgo.Channel
		err := c.call(ctx, opRooms, func(ctx context.Context) error {
			var err error
			page, cursor, err = c.api.GetConversationsContext(ctx, &slackgo.GetConversationsParameters{
				Types: []string{"public_channel"}, Limit: 200, Cursor: cursor,
			})
			return err
		})
		if err != nil {
			return "", err
		}
		for _, ch := range page {
			if ch.Name == name {
				return ch.ID, nil
			}
		}
		if cursor == "" {
			break
		}
	}
	return "", invalid(opRoom, errors.New("the name is taken by a channel that the app does not see"))
}

// describe is a courtesy: people know the room by its card.
func (r *Rooms) describe(ctx context.Context, channel, purpose string) {
	c := r.client
	err := c.call(ctx, opPurpose, func(ctx context.Context) error {
		_, err := c.api.SetPurposeOfConversationContext(ctx, channel, cutPlain(oneLine(purpose), 250))
		return err
	})
	if err != nil {
		c.cfg.Logger.LogAttrs(ctx, slog.LevelInfo, "could not describe a room", slog.String("error", err.Error()))
	}
}

// invite adds one after the other: of several at once Slack adds nobody when
// one of them cannot be.
func (r *Rooms) invite(ctx context.Context, channel string, people map[compliance.PersonID]compliance.Person) (missing int, err error) {
	c := r.client
	ids := make([]compliance.PersonID, 0, len(people))
	for id := range people {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		member := people[id].Accounts[Provider]
		if !isMemberID(member) {
			missing++
			continue
		}
		err := c.call(ctx, opInvite, func(ctx context.Context) error {
			_, err := c.api.InviteUsersToConversationContext(ctx, channel, member)
			return err
		})
		switch code := codeOf(err); {
		case err == nil, code == "already_in_channel", code == "cant_invite_self":
		case slices.Contains([]string{"user_not_found", "no_user", "cant_invite", "user_is_restricted", "ura_max_channels", "invitee_cant_see_channel", "org_user_not_in_team"}, code):
			missing++
		default:
			return missing, err
		}
	}
	return missing, nil
}
