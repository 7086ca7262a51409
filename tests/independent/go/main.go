// The independent half of tests/independent/run: writes random messages with a line about each, or reads messages
// that cocql wrote. Its encoder and decoder are go-cassandra-native-protocol's.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/datastax/go-cassandra-native-protocol/compression/lz4"
	"github.com/datastax/go-cassandra-native-protocol/compression/snappy"
	"github.com/datastax/go-cassandra-native-protocol/frame"
	"github.com/datastax/go-cassandra-native-protocol/primitive"
	"github.com/datastax/go-cassandra-native-protocol/segment"
	lz4block "github.com/pierrec/lz4/v4"
)

// wholeLz4 reads blocks of any ratio; the library's own reader gives up above eight.
type wholeLz4 struct{ lz4.Compressor }

func uncompress(source io.Reader, dest io.Writer, room int) error {
	compressed, err := io.ReadAll(source)
	if err != nil {
		return err
	}
	plain := make([]byte, room)
	written, err := lz4block.UncompressBlock(compressed, plain)
	if err != nil {
		return err
	}
	_, err = dest.Write(plain[:written])
	return err
}

func (wholeLz4) DecompressWithLength(source io.Reader, dest io.Writer) error {
	var length uint32
	if err := binary.Read(source, binary.BigEndian, &length); err != nil {
		return err
	}
	return uncompress(source, dest, int(length))
}

func (wholeLz4) Decompress(source io.Reader, dest io.Writer) error {
	return uncompress(source, dest, segment.MaxPayloadLength)
}

// codecs of frames and, in v5, of segments for a version and a compression.
func codecs(version primitive.ProtocolVersion, compression string) (frame.RawCodec, segment.Codec) {
	if version >= primitive.ProtocolVersion5 {
		if compression == "lz4" {
			return frame.NewRawCodec(), segment.NewCodecWithCompression(wholeLz4{})
		}
		return frame.NewRawCodec(), segment.NewCodec()
	}
	switch compression {
	case "lz4":
		return frame.NewRawCodecWithCompression(wholeLz4{}), nil
	case "snappy":
		return frame.NewRawCodecWithCompression(snappy.Compressor{}), nil
	}
	return frame.NewRawCodec(), nil
}

// encodeFrame does what EncodeFrame does, but takes the length from the body itself: the library counts a tracing id
// for requests too, which have none.
func encodeFrame(codec frame.RawCodec, f *frame.Frame) ([]byte, error) {
	var body, whole bytes.Buffer
	if err := codec.EncodeBody(f.Header, f.Body, &body); err != nil {
		return nil, err
	}
	f.Header.BodyLength = int32(body.Len())
	if err := codec.EncodeHeader(f.Header, &whole); err != nil {
		return nil, err
	}
	whole.Write(body.Bytes())
	return whole.Bytes(), nil
}

func writeSegment(codec segment.Codec, payload []byte, selfContained bool, out io.Writer) error {
	return codec.EncodeSegment(&segment.Segment{
		Header:  &segment.Header{IsSelfContained: selfContained},
		Payload: &segment.Payload{UncompressedData: payload},
	}, out)
}

func write(version primitive.ProtocolVersion, compression string, seed int64, count int, frames, lines io.Writer) error {
	frameCodec, segmentCodec := codecs(version, compression)
	messages := newGenerator(version, seed)
	var pending []byte // frames that will share a segment
	flush := func() error {
		if len(pending) == 0 {
			return nil
		}
		err := writeSegment(segmentCodec, pending, true, frames)
		pending = nil
		return err
	}
	for i := 0; i < count; i++ {
		f := messages.next()
		if segmentCodec == nil && compression != "none" {
			f.SetCompress(messages.oneIn(4) == false)
		}
		encoded, err := encodeFrame(frameCodec, f)
		if err != nil {
			return fmt.Errorf("message %d: %w: %s", i, err, describe(f))
		}
		if _, err = fmt.Fprintln(lines, describe(f)); err != nil {
			return err
		}
		if segmentCodec == nil {
			if _, err = frames.Write(encoded); err != nil {
				return err
			}
			continue
		}
		if len(pending)+len(encoded) > segment.MaxPayloadLength || messages.oneIn(3) {
			if err = flush(); err != nil {
				return err
			}
		}
		if len(encoded) <= segment.MaxPayloadLength {
			pending = append(pending, encoded...)
			continue
		}
		for len(encoded) > 0 {
			part := len(encoded)
			if part > segment.MaxPayloadLength {
				part = segment.MaxPayloadLength
			}
			if err = writeSegment(segmentCodec, encoded[:part], false, frames); err != nil {
				return err
			}
			encoded = encoded[part:]
		}
	}
	return flush()
}

// segmentReader is the stream of frames in a stream of segments. Frames must end where self-contained segments end.
type segmentReader struct {
	codec  segment.Codec
	source *bufio.Reader
	left   []byte
	parts  bool
}

func (r *segmentReader) fill() error {
	if _, err := r.source.Peek(1); err != nil {
		return err
	}
	next, err := r.codec.DecodeSegment(r.source)
	if err != nil {
		return err
	}
	if len(r.left) != 0 && (next.Header.IsSelfContained || !r.parts) {
		return fmt.Errorf("a frame goes on in the wrong segment")
	}
	r.parts = !next.Header.IsSelfContained
	r.left = append(r.left, next.Payload.UncompressedData...)
	return nil
}

func (r *segmentReader) frame() ([]byte, error) {
	const headerSize = 9
	for {
		if len(r.left) >= headerSize {
			size := headerSize + int(binary.BigEndian.Uint32(r.left[5:]))
			if len(r.left) >= size {
				whole := r.left[:size]
				r.left = r.left[size:]
				if r.parts && len(r.left) != 0 {
					return nil, fmt.Errorf("bytes after a frame in several segments")
				}
				return whole, nil
			}
		}
		if err := r.fill(); err != nil {
			if err == io.EOF && len(r.left) != 0 {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
}

func read(version primitive.ProtocolVersion, compression string, frames *bufio.Reader, lines io.Writer) error {
	frameCodec, segmentCodec := codecs(version, compression)
	segments := segmentReader{codec: segmentCodec, source: frames}
	for i := 0; ; i++ {
		var source io.Reader = frames
		if segmentCodec != nil {
			whole, err := segments.frame()
			if err == io.EOF {
				return nil
			} else if err != nil {
				return fmt.Errorf("message %d: %w", i, err)
			}
			source = bytes.NewReader(whole)
		} else if _, err := frames.Peek(1); err == io.EOF {
			return nil
		}
		raw, err := frameCodec.DecodeRawFrame(source)
		if err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		// A body that is longer than its message goes unnoticed by the library.
		body := bytes.NewReader(raw.Body)
		decoded, err := frameCodec.DecodeBody(raw.Header, body)
		if err != nil {
			return fmt.Errorf("message %d: %w", i, err)
		}
		if body.Len() != 0 {
			return fmt.Errorf("message %d: %d bytes too many", i, body.Len())
		}
		if raw.Header.Version != version {
			return fmt.Errorf("message %d: version %d", i, raw.Header.Version)
		}
		if _, err = fmt.Fprintln(lines, describe(&frame.Frame{Header: raw.Header, Body: decoded})); err != nil {
			return err
		}
	}
}

func run(arguments []string) error {
	usage := fmt.Errorf("usage: exchange write VERSION COMPRESSION SEED COUNT FRAMES LINES\n" +
		"       exchange read VERSION COMPRESSION FRAMES LINES")
	if len(arguments) < 5 {
		return usage
	}
	number, err := strconv.Atoi(arguments[1])
	if err != nil {
		return usage
	}
	version := primitive.ProtocolVersion(number)
	if arguments[0] == "read" && len(arguments) == 5 {
		frames, err := os.Open(arguments[3])
		if err != nil {
			return err
		}
		defer frames.Close()
		return toFile(arguments[4], func(lines io.Writer) error {
			return read(version, arguments[2], bufio.NewReaderSize(frames, 1<<16), lines)
		})
	}
	if arguments[0] != "write" || len(arguments) != 7 {
		return usage
	}
	seed, err := strconv.ParseInt(arguments[3], 10, 64)
	if err != nil {
		return usage
	}
	count, err := strconv.Atoi(arguments[4])
	if err != nil {
		return usage
	}
	return toFile(arguments[5], func(frames io.Writer) error {
		return toFile(arguments[6], func(lines io.Writer) error {
			return write(version, arguments[2], seed, count, frames, lines)
		})
	})
}

// toFile gives `fill` a buffered file and reports whatever fails.
func toFile(name string, fill func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(file, 1<<16)
	err = fill(buffered)
	if flushed := buffered.Flush(); err == nil {
		err = flushed
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
