package connect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/lowcodex/countersign/compliance"
)

// SearchAttributes returns every search attribute of the product with its type,
// as a namespace must have them. The map is the caller's.
func SearchAttributes() map[string]enumspb.IndexedValueType {
	const keyword = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	return map[string]enumspb.IndexedValueType{
		compliance.AttributeProcess:     keyword,
		compliance.AttributeStage:       keyword,
		compliance.AttributeNumber:      keyword,
		compliance.AttributeSystem:      keyword,
		compliance.AttributeSeverity:    keyword,
		compliance.AttributeEnvironment: keyword,
		compliance.AttributeSystems:     enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
		compliance.AttributeAwaiting:    enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
		compliance.AttributeDue:         enumspb.INDEXED_VALUE_TYPE_DATETIME,
	}
}

// Reconcile gives the namespace the search attributes it lacks and returns
// their names. Running it again, or from several programs at once, is harmless.
// On Temporal Cloud, where the call needs another permission than a worker has,
// the error names what is missing so that it can be added by hand.
func Reconcile(ctx context.Context, c client.Client, namespace string) (added []string, err error) {
	list, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, fmt.Errorf("search attributes of namespace %q: %w", namespace, err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, kind := range SearchAttributes() {
		switch found, ok := list.GetCustomAttributes()[name]; {
		case !ok:
			missing[name] = kind
		case found != kind:
			return nil, fmt.Errorf("namespace %q has a search attribute %s of type %s, Countersign needs it as %s; "+
				"use a namespace of its own for Countersign", namespace, name, found, kind)
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	added = slices.Sorted(maps.Keys(missing))
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: missing,
	})
	var exists *serviceerror.AlreadyExists
	if err != nil && !errors.As(err, &exists) {
		return nil, fmt.Errorf("add search attributes %v to namespace %q: %w", added, namespace, err)
	}
	return added, nil
}
