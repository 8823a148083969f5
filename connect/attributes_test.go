package connect_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"

	"github.com/lowcodex/countersign/connect"
)

// Names and types are stored in every namespace the product ever ran in: a
// change here is a migration there.
func TestSearchAttributes_AreFrozen(t *testing.T) {
	const keyword = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	require.Equal(t, map[string]enumspb.IndexedValueType{
		"Process": keyword, "Stage": keyword, "Number": keyword, "System": keyword, "Severity": keyword, "Environment": keyword,
		"Awaiting": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST, "Systems": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST,
		"Due": enumspb.INDEXED_VALUE_TYPE_DATETIME,
	}, connect.SearchAttributes())
	connect.SearchAttributes()["Process"] = enumspb.INDEXED_VALUE_TYPE_INT
	require.Equal(t, keyword, connect.SearchAttributes()["Process"], "the map is the caller's")
}
