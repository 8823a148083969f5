package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/lowcodex/countersign/connect"
)

// parseAttributes adds Name=Type pairs to the product's own search attributes.
func parseAttributes(pairs []string) (map[string]enumspb.IndexedValueType, error) {
	all := connect.SearchAttributes()
	for _, pair := range pairs {
		name, kind, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--search-attribute %q: write it as Name=Type", pair)
		}
		value, err := enumspb.IndexedValueTypeFromString(kind)
		if err != nil || value == enumspb.INDEXED_VALUE_TYPE_UNSPECIFIED {
			return nil, fmt.Errorf("--search-attribute %q: %q is not a type; use Keyword, KeywordList, Text, Int, Double, Bool or Datetime", pair, kind)
		}
		if own, ok := all[name]; ok && own != value {
			return nil, fmt.Errorf("--search-attribute %q: %s is already a %s", pair, name, own)
		}
		all[name] = value
	}
	return all, nil
}

// parseDynamic reads key=JSON pairs into plain Go values; the server takes a
// whole number only as an int.
func parseDynamic(pairs []string) (map[string]any, error) {
	values := map[string]any{}
	for _, pair := range pairs {
		key, text, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("--dynamic-config-value %q: write it as key=JSON value", pair)
		}
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var value any
		if err := errors.Join(d.Decode(&value), onlyEOF(d)); err != nil {
			return nil, fmt.Errorf("--dynamic-config-value %q: not a JSON value (text needs quotes): %w", pair, err)
		}
		values[key] = plain(value)
	}
	return values, nil
}

func onlyEOF(d *json.Decoder) error {
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}

func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return int(i)
		}
		f, _ := v.Float64() // out of range is infinite, which the server refuses
		return f
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
		return v
	default:
		return value
	}
}
