package connect

import (
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

const (
	// encodingEncrypted marks a payload as ours, in the metadata every payload has.
	encodingEncrypted = "binary/encrypted"
	// metadataKeyID names the key, so that a ring can hold several.
	metadataKeyID = "encryption-key-id"
)

// Mode says what happens when a payload cannot be decrypted.
type Mode int

const (
	// Client returns an error to the caller, who can show it. The default.
	Client Mode = iota
	// Worker panics. Inside a workflow an error from the codec would be the
	// workflow's own failure and end a process of months for good, while a panic
	// fails one workflow task, which the server repeats until the keys are there.
	// That holds for a payload that fails authentication as well, because a ring
	// with another key under the same id looks exactly like it.
	Worker
)

// ErrUndecipherable is wrapped by every failure to decrypt: the key is not in
// the ring, or the payload is not what was encrypted with it.
var ErrUndecipherable = errors.New("payload cannot be decrypted")

// NewDataConverter is the SDK's own converter with encryption around it. With
// an empty ring it stores payloads as they are, but still knows an encrypted
// one when it meets it: a worker that was started without its keys waits for
// them instead of failing its workflows.
//
// Payloads that were stored before there was a key stay readable.
func NewDataConverter(keys *KeyRing, mode Mode) converter.DataConverter {
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), NewCodec(keys, mode))
}

// NewFailureConverter encrypts the message and the stack trace of failures,
// which quote what vendors and people wrote, when there is a key.
func NewFailureConverter(keys *KeyRing, mode Mode) converter.FailureConverter {
	return temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter:          NewDataConverter(keys, mode),
		EncodeCommonAttributes: keys.Encrypts(),
	})
}

// NewCodec returns the encryption alone, for CodecHandler and for tools.
func NewCodec(keys *KeyRing, mode Mode) converter.PayloadCodec {
	if keys == nil {
		keys = &KeyRing{}
	}
	if mode == Worker {
		return insistent{codec{keys}}
	}
	return codec{keys}
}

type codec struct{ keys *KeyRing }

// Encode encrypts each payload, metadata included, with the first key.
func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	if !c.keys.Encrypts() {
		return payloads, nil
	}
	id := c.keys.ids[0]
	sealed := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("encrypt payload: %w", err)
		}
		sealed[i] = &commonpb.Payload{
			Metadata: map[string][]byte{
				converter.MetadataEncoding: []byte(encodingEncrypted),
				metadataKeyID:              []byte(id),
			},
			Data: c.keys.seals[id].Seal(nil, nil, plain, bound(id)),
		}
	}
	return sealed, nil
}

// Decode decrypts what is encrypted and passes everything else through.
func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	plain := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) != encodingEncrypted {
			plain[i] = p
			continue
		}
		var err error
		if plain[i], err = c.open(p); err != nil {
			return nil, err
		}
	}
	return plain, nil
}

func (c codec) open(p *commonpb.Payload) (*commonpb.Payload, error) {
	id := string(p.GetMetadata()[metadataKeyID])
	seal, ok := c.keys.seals[id]
	if !ok {
		return nil, fmt.Errorf("%w: its key %.40q is not among %v; add it to %s", ErrUndecipherable, id, c.keys, EnvKeys)
	}
	text, err := seal.Open(nil, nil, p.GetData(), bound(id))
	if err != nil {
		return nil, fmt.Errorf("%w: it was altered, or key %q is not the one it was encrypted with", ErrUndecipherable, id)
	}
	opened := &commonpb.Payload{}
	if err := proto.Unmarshal(text, opened); err != nil {
		return nil, fmt.Errorf("%w: its content is not a payload", ErrUndecipherable)
	}
	return opened, nil
}

// bound is authenticated together with the payload: what it is and by which key.
func bound(id string) []byte { return []byte(encodingEncrypted + "\x00" + id) }

// insistent panics where codec returns an error.
type insistent struct{ codec }

func (c insistent) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	sealed, err := c.codec.Encode(payloads)
	if err != nil {
		panic(err)
	}
	return sealed, nil
}

func (c insistent) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	plain, err := c.codec.Decode(payloads)
	if err != nil {
		panic(err)
	}
	return plain, nil
}
