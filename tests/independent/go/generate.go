package main

import (
	"math/rand"
	"net"
	"strconv"

	"github.com/datastax/go-cassandra-native-protocol/datatype"
	"github.com/datastax/go-cassandra-native-protocol/frame"
	"github.com/datastax/go-cassandra-native-protocol/message"
	"github.com/datastax/go-cassandra-native-protocol/primitive"
)

// generator makes messages of every kind with every field in every state; the same ones for a seed. What it leaves
// out is named at random_messages.hpp, whose counterpart it is.
type generator struct {
	version primitive.ProtocolVersion
	random  *rand.Rand
}

func newGenerator(version primitive.ProtocolVersion, seed int64) *generator {
	return &generator{version, rand.New(rand.NewSource(seed))}
}

func (g *generator) v4() bool                 { return g.version >= primitive.ProtocolVersion4 }
func (g *generator) v5() bool                 { return g.version >= primitive.ProtocolVersion5 }
func (g *generator) below(limit int) int      { return g.random.Intn(limit) }
func (g *generator) oneIn(count int) bool     { return g.below(count) == 0 }
func (g *generator) anyInt() int32            { return int32(g.random.Uint64() >> uint(g.below(64))) }
func (g *generator) pick(all []string) string { return all[g.below(len(all))] }

// length is mostly short, sometimes longer than a segment, never above most.
func (g *generator) length(least, most int) int {
	limits := []int{8, 8, 40, 40, 300, 3000}
	limit := limits[g.below(len(limits))]
	if g.oneIn(2000) {
		limit = most
	}
	if made := least + g.below(limit); made < most {
		return made
	}
	return most
}

func (g *generator) bytesOf(least, most int) []byte {
	made := make([]byte, g.length(least, most))
	letters, first := 256, 0
	if g.oneIn(2) {
		letters, first = 1+g.below(6), 'a'
	}
	for i := range made {
		made[i] = byte(first + g.below(letters))
	}
	return made
}

func (g *generator) bytes(least int) []byte { return g.bytesOf(least, 65535) }
func (g *generator) text(least int) string  { return string(g.bytes(least)) }
func (g *generator) longText() string       { return string(g.bytesOf(1, 400000)) }

func (g *generator) texts() []string {
	made := make([]string, g.below(5))
	for i := range made {
		made[i] = g.text(0)
	}
	return made
}

func (g *generator) payload() map[string][]byte {
	made := map[string][]byte{}
	for count := 1 + g.below(3); count > 0; count-- {
		made[g.text(0)] = g.bytes(0)
	}
	return made
}

func (g *generator) address() net.IP {
	made := make(net.IP, 16)
	for i := range made {
		if g.oneIn(2) {
			made[i] = byte(g.below(256))
		}
	}
	made[0] = 0x20
	if g.oneIn(2) {
		return made[:4]
	}
	return made
}

func (g *generator) endpoint() *primitive.Inet {
	return &primitive.Inet{Addr: g.address(), Port: int32(g.below(65536))}
}

func (g *generator) value() *primitive.Value {
	switch {
	case g.oneIn(6):
		return primitive.NewNullValue()
	case g.v4() && g.oneIn(6):
		return primitive.NewUnsetValue()
	}
	return primitive.NewValue(g.bytesOf(0, 400000))
}

func (g *generator) values(count int) []*primitive.Value {
	made := make([]*primitive.Value, count)
	for i := range made {
		made[i] = g.value()
	}
	return made
}

func (g *generator) level() primitive.ConsistencyLevel {
	return primitive.ConsistencyLevel(g.below(11))
}

func (g *generator) serial() *primitive.ConsistencyLevel {
	if !g.oneIn(3) {
		return nil
	}
	made := primitive.ConsistencyLevelSerial
	if g.oneIn(2) {
		made = primitive.ConsistencyLevelLocalSerial
	}
	return &made
}

func (g *generator) timestamp() *int64 {
	if !g.oneIn(3) {
		return nil
	}
	made := int64(g.random.Uint64())
	return &made
}

func (g *generator) keyspace() string {
	if g.v5() && g.oneIn(3) {
		return g.text(1)
	}
	return ""
}

func (g *generator) now() *int32 {
	if !g.v5() || !g.oneIn(3) {
		return nil
	}
	made := g.anyInt()
	return &made
}

func (g *generator) options() *message.QueryOptions {
	made := &message.QueryOptions{
		Consistency:       g.level(),
		SerialConsistency: g.serial(),
		DefaultTimestamp:  g.timestamp(),
		Keyspace:          g.keyspace(),
		NowInSeconds:      g.now(),
		SkipMetadata:      g.oneIn(2),
	}
	if g.oneIn(2) {
		values := g.values(g.below(12))
		if g.oneIn(3) {
			made.NamedValues = map[string]*primitive.Value{}
			for i, each := range values {
				made.NamedValues[strconv.Itoa(i)+":"+string(g.bytesOf(0, 65000))] = each
			}
		} else {
			made.PositionalValues = values
		}
	}
	if g.oneIn(2) {
		made.PageSize = 1 + g.random.Int31()>>4
	}
	if g.oneIn(3) {
		made.PagingState = g.bytes(1)
	}
	return made
}

func (g *generator) request() message.Message {
	switch g.below(10) {
	case 0:
		return &message.Options{}
	case 1:
		made := &message.Startup{Options: map[string]string{}}
		for count := g.below(5); count > 0; count-- {
			made.Options[g.text(0)] = g.text(0)
		}
		return made
	case 2:
		return &message.AuthResponse{Token: g.bytes(0)}
	case 3:
		made := &message.Register{}
		for count := 1 + g.below(3); count > 0; count-- {
			made.EventTypes = append(made.EventTypes,
				primitive.EventType(g.pick([]string{"TOPOLOGY_CHANGE", "STATUS_CHANGE", "SCHEMA_CHANGE"})))
		}
		return made
	case 4:
		return &message.Prepare{Query: g.longText(), Keyspace: g.keyspace()}
	case 5, 6:
		made := &message.Execute{QueryId: g.bytes(1), Options: g.options()}
		if g.v5() {
			made.ResultMetadataId = g.bytes(1)
		}
		return made
	case 7:
		made := &message.Batch{
			Type:              primitive.BatchType(g.below(3)),
			Consistency:       g.level(),
			SerialConsistency: g.serial(),
			DefaultTimestamp:  g.timestamp(),
			Keyspace:          g.keyspace(),
			NowInSeconds:      g.now(),
		}
		for count := g.below(8); count > 0; count-- {
			child := &message.BatchChild{Values: g.values(g.below(5))}
			if g.oneIn(2) {
				child.Query = g.longText()
			} else {
				child.Id = g.bytes(1)
			}
			made.Children = append(made.Children, child)
		}
		return made
	}
	return &message.Query{Query: g.longText(), Options: g.options()}
}

var simpleTypes = []datatype.DataType{
	datatype.Ascii, datatype.Bigint, datatype.Blob, datatype.Boolean, datatype.Counter, datatype.Decimal,
	datatype.Double, datatype.Float, datatype.Int, datatype.Timestamp, datatype.Uuid, datatype.Varchar,
	datatype.Varint, datatype.Timeuuid, datatype.Inet, datatype.Date, datatype.Time, datatype.Tinyint,
	datatype.Smallint, datatype.Duration,
}

func (g *generator) dataType(depth int) datatype.DataType {
	choice := 0
	if depth <= 3 {
		choice = g.below(16)
	}
	switch choice {
	case 8:
		return &datatype.List{ElementType: g.dataType(depth + 1)}
	case 9:
		return &datatype.Set{ElementType: g.dataType(depth + 1)}
	case 10:
		return &datatype.Map{KeyType: g.dataType(depth + 1), ValueType: g.dataType(depth + 1)}
	case 11, 12:
		var fields []datatype.DataType
		var names []string
		for count := 1 + g.below(4); count > 0; count-- {
			fields = append(fields, g.dataType(depth+1))
			names = append(names, g.text(0))
		}
		if g.oneIn(2) {
			return &datatype.Tuple{FieldTypes: fields}
		}
		return &datatype.UserDefined{Keyspace: g.text(0), Name: g.text(0), FieldNames: names, FieldTypes: fields}
	case 13:
		// As Cassandra spells it.
		const marshal = "org.apache.cassandra.db.marshal."
		element := g.pick([]string{"FloatType", "Int32Type", "UTF8Type", "SimpleDateType"})
		return &datatype.Custom{ClassName: marshal + "VectorType(" + marshal + element + " , " +
			strconv.Itoa(1+g.below(2000)) + ")"}
	case 14:
		return &datatype.Custom{ClassName: "com.example." + g.text(0)}
	}
	made := simpleTypes[g.below(len(simpleTypes))]
	if made == datatype.Duration && !g.v5() {
		return &datatype.Custom{ClassName: durationClass}
	}
	return made
}

func (g *generator) columns(least int) []*message.ColumnMetadata {
	made := make([]*message.ColumnMetadata, least+g.below(6))
	oneTable := g.oneIn(2)
	for i := range made {
		made[i] = &message.ColumnMetadata{Keyspace: g.text(0), Table: g.text(0), Name: g.text(0), Type: g.dataType(0)}
		if oneTable {
			made[i].Keyspace, made[i].Table = made[0].Keyspace, made[0].Table
		}
	}
	return made
}

func (g *generator) writeType() primitive.WriteType {
	return primitive.WriteType(g.pick([]string{"SIMPLE", "BATCH", "UNLOGGED_BATCH", "COUNTER", "BATCH_LOG", "VIEW",
		"CDC"}))
}

func (g *generator) failures() (int32, []*primitive.FailureReason) {
	if !g.v5() {
		return g.anyInt(), nil
	}
	made := make([]*primitive.FailureReason, g.below(4))
	for i := range made {
		made[i] = &primitive.FailureReason{Endpoint: g.address(), Code: primitive.FailureCode(g.below(7))}
	}
	return 0, made
}

func (g *generator) failure() message.Message {
	said := g.text(0)
	switch g.below(18) {
	case 0:
		return &message.Unavailable{ErrorMessage: said, Consistency: g.level(), Required: g.anyInt(), Alive: g.anyInt()}
	case 1:
		return &message.WriteTimeout{ErrorMessage: said, Consistency: g.level(), Received: g.anyInt(),
			BlockFor: g.anyInt(), WriteType: g.writeType()}
	case 2:
		return &message.ReadTimeout{ErrorMessage: said, Consistency: g.level(), Received: g.anyInt(),
			BlockFor: g.anyInt(), DataPresent: g.oneIn(2)}
	case 3:
		count, reasons := g.failures()
		return &message.ReadFailure{ErrorMessage: said, Consistency: g.level(), Received: g.anyInt(),
			BlockFor: g.anyInt(), NumFailures: count, FailureReasons: reasons, DataPresent: g.oneIn(2)}
	case 4:
		count, reasons := g.failures()
		return &message.WriteFailure{ErrorMessage: said, Consistency: g.level(), Received: g.anyInt(),
			BlockFor: g.anyInt(), NumFailures: count, FailureReasons: reasons, WriteType: g.writeType()}
	case 5:
		return &message.FunctionFailure{ErrorMessage: said, Keyspace: g.text(0), Function: g.text(0), Arguments: g.texts()}
	case 6:
		return &message.AlreadyExists{ErrorMessage: said, Keyspace: g.text(0), Table: g.text(0)}
	case 7:
		return &message.Unprepared{ErrorMessage: said, Id: g.bytes(1)}
	case 8:
		return &message.ServerError{ErrorMessage: said}
	case 9:
		return &message.ProtocolError{ErrorMessage: said}
	case 10:
		return &message.AuthenticationError{ErrorMessage: said}
	case 11:
		return &message.Overloaded{ErrorMessage: said}
	case 12:
		return &message.IsBootstrapping{ErrorMessage: said}
	case 13:
		return &message.TruncateError{ErrorMessage: said}
	case 14:
		return &message.SyntaxError{ErrorMessage: said}
	case 15:
		return &message.Unauthorized{ErrorMessage: said}
	case 16:
		return &message.Invalid{ErrorMessage: said}
	}
	return &message.ConfigError{ErrorMessage: said}
}

func (g *generator) change() *message.SchemaChangeResult {
	targets := []string{"KEYSPACE", "TABLE", "TYPE", "FUNCTION", "AGGREGATE"}
	if !g.v4() {
		targets = targets[:3]
	}
	target := g.below(len(targets))
	made := &message.SchemaChangeResult{
		ChangeType: primitive.SchemaChangeType(g.pick([]string{"CREATED", "UPDATED", "DROPPED"})),
		Target:     primitive.SchemaChangeTarget(targets[target]),
		Keyspace:   g.text(1),
	}
	if target > 0 {
		made.Object = g.text(1)
	}
	if target > 2 {
		made.Arguments = g.texts()
	}
	return made
}

func (g *generator) event() message.Message {
	switch g.below(3) {
	case 0:
		return &message.TopologyChangeEvent{
			ChangeType: primitive.TopologyChangeType(g.pick([]string{"NEW_NODE", "REMOVED_NODE"})), Address: g.endpoint()}
	case 1:
		return &message.StatusChangeEvent{
			ChangeType: primitive.StatusChangeType(g.pick([]string{"UP", "DOWN"})), Address: g.endpoint()}
	}
	return (*message.SchemaChangeEvent)(g.change())
}

func (g *generator) rows() message.Message {
	metadata := &message.RowsMetadata{}
	if g.oneIn(4) {
		metadata.ColumnCount = int32(1 + g.below(6))
	} else {
		metadata.Columns = g.columns(1)
		metadata.ColumnCount = int32(len(metadata.Columns))
	}
	if g.oneIn(3) {
		metadata.PagingState = g.bytes(1)
	}
	if g.v5() && g.oneIn(4) {
		metadata.NewResultMetadataId = g.bytes(1)
	}
	made := &message.RowsResult{Metadata: metadata, Data: make(message.RowSet, g.below(12))}
	for i := range made.Data {
		made.Data[i] = make(message.Row, metadata.ColumnCount)
		for j := range made.Data[i] {
			if !g.oneIn(6) {
				made.Data[i][j] = g.bytesOf(0, 400000)
			}
		}
	}
	return made
}

func (g *generator) prepared() message.Message {
	variables := &message.VariablesMetadata{Columns: g.columns(0)}
	if g.v4() && len(variables.Columns) != 0 {
		for count := g.below(3); count > 0; count-- {
			variables.PkIndices = append(variables.PkIndices, uint16(g.below(len(variables.Columns))))
		}
	}
	columns := g.columns(0)
	made := &message.PreparedResult{
		PreparedQueryId:   g.bytes(1),
		VariablesMetadata: variables,
		ResultMetadata:    &message.RowsMetadata{Columns: columns, ColumnCount: int32(len(columns))},
	}
	if g.v5() {
		made.ResultMetadataId = g.bytes(1)
	}
	return made
}

func (g *generator) response() message.Message {
	switch g.below(14) {
	case 0:
		return &message.Ready{}
	case 1:
		return &message.Authenticate{Authenticator: g.text(1)}
	case 2:
		made := &message.Supported{Options: map[string][]string{}}
		for count := g.below(4); count > 0; count-- {
			made.Options[g.text(0)] = g.texts()
		}
		return made
	case 3:
		return &message.VoidResult{}
	case 4:
		return &message.SetKeyspaceResult{Keyspace: g.text(1)}
	case 5, 6:
		return g.prepared()
	case 7:
		return g.change()
	case 8:
		return g.event()
	case 9:
		return &message.AuthChallenge{Token: g.bytes(0)}
	case 10:
		return &message.AuthSuccess{Token: g.bytes(0)}
	case 11:
		return g.failure()
	}
	return g.rows()
}

func (g *generator) next() *frame.Frame {
	stream := int16(g.below(32768))
	if g.oneIn(2) {
		made := frame.NewFrame(g.version, stream, g.request())
		made.RequestTracingId(g.oneIn(4))
		if g.v4() && g.oneIn(6) {
			made.SetCustomPayload(g.payload())
		}
		return made
	}
	said := g.response()
	if said.GetOpCode() == primitive.OpCodeEvent {
		stream = -1
	}
	made := frame.NewFrame(g.version, stream, said)
	if g.oneIn(6) {
		id := primitive.UUID{}
		g.random.Read(id[:])
		made.SetTracingId(&id)
	}
	if g.v4() && g.oneIn(6) {
		made.SetWarnings(g.texts())
	} else if g.v4() && g.oneIn(6) {
		made.SetCustomPayload(g.payload())
	}
	return made
}
