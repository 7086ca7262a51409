module exchange

go 1.17

require (
	github.com/datastax/go-cassandra-native-protocol v0.0.0-20240903140133-605a850e203b
	github.com/pierrec/lz4/v4 v4.1.26
)

require github.com/golang/snappy v0.0.3 // indirect
