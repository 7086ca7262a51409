package main

import (
	"encoding/hex"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/datastax/go-cassandra-native-protocol/datatype"
	"github.com/datastax/go-cassandra-native-protocol/frame"
	"github.com/datastax/go-cassandra-native-protocol/message"
	"github.com/datastax/go-cassandra-native-protocol/primitive"
)

// line puts the words of a description one after another, in the form that describe.cpp has too.
type line struct{ strings.Builder }

func (l *line) word(text string) {
	l.WriteByte(' ')
	l.WriteString(text)
}

func (l *line) number(name string, number int64) {
	l.word(name)
	l.WriteByte('=')
	l.WriteString(strconv.FormatInt(number, 10))
}

func (l *line) flag(name string, set bool) {
	if set {
		l.number(name, 1)
	} else {
		l.number(name, 0)
	}
}

func (l *line) bytes(name string, bytes []byte) {
	l.word(name)
	l.WriteString("=x")
	l.WriteString(hex.EncodeToString(bytes))
}

func (l *line) text(name, text string) { l.bytes(name, []byte(text)) }

func (l *line) list(name string, texts []string) {
	l.open(name)
	for _, each := range texts {
		l.text("", each)
	}
	l.close()
}

func (l *line) open(name string) {
	l.word(name)
	l.WriteByte('(')
}

func (l *line) close() { l.WriteString(" )") }

func (l *line) payload(entries map[string][]byte) {
	if len(entries) == 0 {
		return
	}
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	l.open("payload")
	for _, key := range keys {
		l.text("", key)
		l.bytes("", entries[key])
	}
	l.close()
}

func (l *line) value(value *primitive.Value) {
	switch value.Type {
	case primitive.ValueTypeNull:
		l.word("value=null")
	case primitive.ValueTypeUnset:
		l.word("value=unset")
	default:
		l.bytes("value", value.Contents)
	}
}

func (l *line) values(positional []*primitive.Value, named map[string]*primitive.Value) {
	l.open("values")
	for _, each := range positional {
		l.value(each)
	}
	names := make([]string, 0, len(named))
	for name := range named {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		l.text("name", name)
		l.value(named[name])
	}
	l.close()
}

func (l *line) options(level primitive.ConsistencyLevel, serial *primitive.ConsistencyLevel, timestamp *int64,
	keyspace string, now *int32) {
	l.number("consistency", int64(level))
	if serial != nil {
		l.number("serial", int64(*serial))
	}
	if timestamp != nil {
		l.number("timestamp", *timestamp)
	}
	l.text("keyspace", keyspace)
	if now != nil {
		l.number("now", int64(*now))
	}
}

func (l *line) parameters(o *message.QueryOptions) {
	l.options(o.Consistency, o.SerialConsistency, o.DefaultTimestamp, o.Keyspace, o.NowInSeconds)
	l.values(o.PositionalValues, o.NamedValues)
	l.flag("skip", o.SkipMetadata)
	if o.PageSize != 0 {
		l.number("page", int64(o.PageSize))
	}
	if o.PagingState != nil {
		l.bytes("state", o.PagingState)
	}
}

const durationClass = "org.apache.cassandra.db.marshal.DurationType"

func (l *line) fields(names []string, fields []datatype.DataType) {
	l.WriteByte('<')
	for i, each := range fields {
		l.WriteByte(',')
		if names != nil {
			l.WriteString("x" + hex.EncodeToString([]byte(names[i])))
		}
		l.dataType(each)
	}
	l.WriteByte('>')
}

func (l *line) dataType(t datatype.DataType) {
	if custom, ok := t.(*datatype.Custom); ok && custom.ClassName == durationClass {
		l.WriteString(strconv.Itoa(int(primitive.DataTypeCodeDuration)))
		return
	}
	l.WriteString(strconv.Itoa(int(t.Code())))
	switch t := t.(type) {
	case *datatype.Custom:
		l.WriteString("x" + hex.EncodeToString([]byte(t.ClassName)))
	case *datatype.List:
		l.fields(nil, []datatype.DataType{t.ElementType})
	case *datatype.Set:
		l.fields(nil, []datatype.DataType{t.ElementType})
	case *datatype.Map:
		l.fields(nil, []datatype.DataType{t.KeyType, t.ValueType})
	case *datatype.Tuple:
		l.fields(nil, t.FieldTypes)
	case *datatype.UserDefined:
		l.WriteString("x" + hex.EncodeToString([]byte(t.Keyspace)))
		l.WriteString("x" + hex.EncodeToString([]byte(t.Name)))
		names := t.FieldNames
		if names == nil {
			names = []string{}
		}
		l.fields(names, t.FieldTypes)
	}
}

func (l *line) columns(name string, columns []*message.ColumnMetadata) {
	l.open(name)
	for _, each := range columns {
		l.text("", each.Keyspace)
		l.text("", each.Table)
		l.text("", each.Name)
		l.word("")
		l.dataType(each.Type)
	}
	l.close()
}

func (l *line) change(change, target, keyspace, name string, arguments []string) {
	l.text("", change)
	l.text("", target)
	l.text("", keyspace)
	l.text("", name)
	l.list("", arguments)
}

func (l *line) counts(level primitive.ConsistencyLevel, received, blockFor int32) {
	l.number("consistency", int64(level))
	l.number("received", int64(received))
	l.number("block_for", int64(blockFor))
}

func (l *line) failures(version primitive.ProtocolVersion, count int32, reasons []*primitive.FailureReason) {
	if version >= primitive.ProtocolVersion5 {
		count = int32(len(reasons))
	}
	l.number("failures", int64(count))
	for _, each := range reasons {
		l.word(each.Endpoint.String())
		l.number("reason", int64(each.Code))
	}
}

func (l *line) failure(version primitive.ProtocolVersion, said message.Error) {
	l.number("ERROR", int64(said.GetErrorCode()))
	l.text("", said.GetErrorMessage())
	switch said := said.(type) {
	case *message.Unavailable:
		l.number("consistency", int64(said.Consistency))
		l.number("required", int64(said.Required))
		l.number("alive", int64(said.Alive))
	case *message.WriteTimeout:
		l.counts(said.Consistency, said.Received, said.BlockFor)
		l.text("type", string(said.WriteType))
	case *message.ReadTimeout:
		l.counts(said.Consistency, said.Received, said.BlockFor)
		l.flag("data", said.DataPresent)
	case *message.ReadFailure:
		l.counts(said.Consistency, said.Received, said.BlockFor)
		l.failures(version, said.NumFailures, said.FailureReasons)
		l.flag("data", said.DataPresent)
	case *message.WriteFailure:
		l.counts(said.Consistency, said.Received, said.BlockFor)
		l.failures(version, said.NumFailures, said.FailureReasons)
		l.text("type", string(said.WriteType))
	case *message.FunctionFailure:
		l.text("keyspace", said.Keyspace)
		l.text("function", said.Function)
		l.list("arguments", said.Arguments)
	case *message.AlreadyExists:
		l.text("keyspace", said.Keyspace)
		l.text("table", said.Table)
	case *message.Unprepared:
		l.bytes("id", said.Id)
	}
}

func (l *line) stringMap(name string, entries map[string]string) {
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	l.open(name)
	for _, key := range keys {
		l.text("", key)
		l.text("", entries[key])
	}
	l.close()
}

func (l *line) message(version primitive.ProtocolVersion, m message.Message) {
	switch m := m.(type) {
	case *message.Options:
		l.word("OPTIONS")
	case *message.Startup:
		l.stringMap("STARTUP", m.Options)
	case *message.AuthResponse:
		l.bytes("AUTH_RESPONSE", m.Token)
	case *message.Query:
		l.text("QUERY", m.Query)
		l.parameters(m.Options)
	case *message.Prepare:
		l.text("PREPARE", m.Query)
		l.text("keyspace", m.Keyspace)
	case *message.Execute:
		l.bytes("EXECUTE", m.QueryId)
		if m.ResultMetadataId != nil {
			l.bytes("metadata", m.ResultMetadataId)
		}
		l.parameters(m.Options)
	case *message.Batch:
		l.number("BATCH", int64(m.Type))
		for _, each := range m.Children {
			if each.Id == nil {
				l.text("statement", each.Query)
			} else {
				l.bytes("prepared", each.Id)
			}
			l.values(each.Values, nil)
		}
		l.options(m.Consistency, m.SerialConsistency, m.DefaultTimestamp, m.Keyspace, m.NowInSeconds)
	case *message.Register:
		names := make([]string, len(m.EventTypes))
		for i, each := range m.EventTypes {
			names[i] = string(each)
		}
		l.list("REGISTER", names)
	case *message.Ready:
		l.word("READY")
	case *message.Authenticate:
		l.text("AUTHENTICATE", m.Authenticator)
	case *message.Supported:
		keys := make([]string, 0, len(m.Options))
		for key := range m.Options {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		l.open("SUPPORTED")
		for _, key := range keys {
			l.text("", key)
			l.list("", m.Options[key])
		}
		l.close()
	case *message.VoidResult:
		l.word("VOID")
	case *message.RowsResult:
		l.number("ROWS", int64(len(m.Data)))
		if m.Metadata.PagingState != nil {
			l.bytes("more", m.Metadata.PagingState)
		}
		if m.Metadata.NewResultMetadataId != nil {
			l.bytes("changed", m.Metadata.NewResultMetadataId)
		}
		l.number("width", int64(m.Metadata.ColumnCount))
		l.columns("columns", m.Metadata.Columns)
		for _, row := range m.Data {
			for _, cell := range row {
				if cell == nil {
					l.word("null")
				} else {
					l.bytes("", cell)
				}
			}
		}
	case *message.SetKeyspaceResult:
		l.text("SET_KEYSPACE", m.Keyspace)
	case *message.PreparedResult:
		l.bytes("PREPARED", m.PreparedQueryId)
		if m.ResultMetadataId != nil {
			l.bytes("metadata", m.ResultMetadataId)
		}
		l.open("key")
		for _, index := range m.VariablesMetadata.PkIndices {
			l.number("", int64(index))
		}
		l.close()
		l.columns("parameters", m.VariablesMetadata.Columns)
		l.columns("result", m.ResultMetadata.Columns)
	case *message.SchemaChangeResult:
		l.word("CHANGED")
		l.change(string(m.ChangeType), string(m.Target), m.Keyspace, m.Object, m.Arguments)
	case *message.SchemaChangeEvent:
		l.word("EVENT")
		l.word("SCHEMA_CHANGE")
		l.change(string(m.ChangeType), string(m.Target), m.Keyspace, m.Object, m.Arguments)
	case *message.StatusChangeEvent:
		l.word("EVENT")
		l.text("", string(m.ChangeType))
		l.word(m.Address.Addr.String())
		l.number("port", int64(m.Address.Port))
	case *message.TopologyChangeEvent:
		l.word("EVENT")
		l.text("", string(m.ChangeType))
		l.word(m.Address.Addr.String())
		l.number("port", int64(m.Address.Port))
	case *message.AuthChallenge:
		l.bytes("AUTH_CHALLENGE", m.Token)
	case *message.AuthSuccess:
		l.bytes("AUTH_SUCCESS", m.Token)
	case message.Error:
		l.failure(version, m)
	default:
		panic(fmt.Sprintf("no description for %T", m))
	}
}

// describe says everything about a frame in one line.
func describe(f *frame.Frame) string {
	var l line
	l.WriteString("v" + strconv.Itoa(int(f.Header.Version)))
	l.number("stream", int64(f.Header.StreamId))
	l.message(f.Header.Version, f.Body.Message)
	if f.Header.IsResponse {
		if f.Body.TracingId != nil {
			l.bytes("traced", f.Body.TracingId[:])
		}
		if len(f.Body.Warnings) != 0 {
			l.list("warnings", f.Body.Warnings)
		}
	} else if f.Header.Flags.Contains(primitive.HeaderFlagTracing) {
		l.word("traced")
	}
	l.payload(f.Body.CustomPayload)
	return l.String()
}
