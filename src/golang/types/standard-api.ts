/**
 * What packages of the standard library declare, for machines without a Go tree. Written by scripts/go-oracle/api,
 * which says what is left out; not to be edited.
 */
export const STANDARD_API: ReadonlyMap<string, string> = new Map([
  [
    'archive/tar',
    `package tar
import "io"
import "io/fs"
import "time"
var ErrFieldTooLong error
var ErrHeader error
var ErrInsecurePath error
var ErrWriteAfterClose error
var ErrWriteTooLong error
func FileInfoHeader(fs.FileInfo, string) (*Header, error)
type FileInfoNames interface{fs.FileInfo; Gname() (string, error); Uname() (string, error)}
type Format int
func (Format) String() string
const FormatGNU Format = 8
const FormatPAX Format = 4
const FormatUSTAR Format = 2
const FormatUnknown Format = 0
type Header struct{Typeflag byte; Name string; Linkname string; Size int64; Mode int64; Uid int; Gid int; Uname string; Gname string; ModTime time.Time; AccessTime time.Time; ChangeTime time.Time; Devmajor int64; Devminor int64; Xattrs map[string]string; PAXRecords map[string]string; Format Format}
func (*Header) FileInfo() fs.FileInfo
func NewReader(io.Reader) *Reader
func NewWriter(io.Writer) *Writer
type Reader struct{_ opaque}
func (*Reader) Next() (*Header, error)
func (*Reader) Read([]byte) (int, error)
const TypeBlock = '\\U00000034'
const TypeChar = '\\U00000033'
const TypeCont = '\\U00000037'
const TypeDir = '\\U00000035'
const TypeFifo = '\\U00000036'
const TypeGNULongLink = '\\U0000004b'
const TypeGNULongName = '\\U0000004c'
const TypeGNUSparse = '\\U00000053'
const TypeLink = '\\U00000031'
const TypeReg = '\\U00000030'
const TypeRegA = '\\U00000000'
const TypeSymlink = '\\U00000032'
const TypeXGlobalHeader = '\\U00000067'
const TypeXHeader = '\\U00000078'
type Writer struct{_ opaque}
func (*Writer) Flush() error
func (*Writer) WriteHeader(*Header) error
func (*Writer) AddFS(fs.FS) error
func (*Writer) Write([]byte) (int, error)
func (*Writer) Close() error`,
  ],
  [
    'archive/zip',
    `package zip
import "io"
import "io/fs"
import "time"
type Compressor func(io.Writer) (io.WriteCloser, error)
type Decompressor func(io.Reader) io.ReadCloser
const Deflate uint16 = 8
var ErrAlgorithm error
var ErrChecksum error
var ErrFormat error
var ErrInsecurePath error
type File struct{FileHeader; _ opaque}
func (*File) DataOffset() (int64, error)
func (*File) Open() (io.ReadCloser, error)
func (*File) OpenRaw() (io.Reader, error)
type FileHeader struct{Name string; Comment string; NonUTF8 bool; CreatorVersion uint16; ReaderVersion uint16; Flags uint16; Method uint16; Modified time.Time; ModifiedTime uint16; ModifiedDate uint16; CRC32 uint32; CompressedSize uint32; UncompressedSize uint32; CompressedSize64 uint64; UncompressedSize64 uint64; Extra []byte; ExternalAttrs uint32}
func (*FileHeader) FileInfo() fs.FileInfo
func (*FileHeader) ModTime() time.Time
func (*FileHeader) SetModTime(time.Time)
func (*FileHeader) Mode() fs.FileMode
func (*FileHeader) SetMode(fs.FileMode)
func FileInfoHeader(fs.FileInfo) (*FileHeader, error)
func NewReader(io.ReaderAt, int64) (*Reader, error)
func NewWriter(io.Writer) *Writer
func OpenReader(string) (*ReadCloser, error)
type ReadCloser struct{Reader; _ opaque}
func (*ReadCloser) Close() error
type Reader struct{File []*File; Comment string; _ opaque}
func (*Reader) RegisterDecompressor(uint16, Decompressor)
func (*Reader) Open(string) (fs.File, error)
func RegisterCompressor(uint16, Compressor)
func RegisterDecompressor(uint16, Decompressor)
const Store uint16 = 0
type Writer struct{_ opaque}
func (*Writer) SetOffset(int64)
func (*Writer) Flush() error
func (*Writer) SetComment(string) error
func (*Writer) Close() error
func (*Writer) Create(string) (io.Writer, error)
func (*Writer) CreateHeader(*FileHeader) (io.Writer, error)
func (*Writer) CreateRaw(*FileHeader) (io.Writer, error)
func (*Writer) Copy(*File) error
func (*Writer) RegisterCompressor(uint16, Compressor)
func (*Writer) AddFS(fs.FS) error`,
  ],
  [
    'bufio',
    `package bufio
import "io"
var ErrAdvanceTooFar error
var ErrBadReadCount error
var ErrBufferFull error
var ErrFinalToken error
var ErrInvalidUnreadByte error
var ErrInvalidUnreadRune error
var ErrNegativeAdvance error
var ErrNegativeCount error
var ErrTooLong error
const MaxScanTokenSize = 65536
func NewReadWriter(*Reader, *Writer) *ReadWriter
func NewReader(io.Reader) *Reader
func NewReaderSize(io.Reader, int) *Reader
func NewScanner(io.Reader) *Scanner
func NewWriter(io.Writer) *Writer
func NewWriterSize(io.Writer, int) *Writer
type ReadWriter struct{*Reader; *Writer}
type Reader struct{_ opaque}
func (*Reader) Size() int
func (*Reader) Reset(io.Reader)
func (*Reader) Peek(int) ([]byte, error)
func (*Reader) Discard(int) (int, error)
func (*Reader) Read([]byte) (int, error)
func (*Reader) ReadByte() (byte, error)
func (*Reader) UnreadByte() error
func (*Reader) ReadRune() (rune, int, error)
func (*Reader) UnreadRune() error
func (*Reader) Buffered() int
func (*Reader) ReadSlice(byte) ([]byte, error)
func (*Reader) ReadLine() ([]byte, bool, error)
func (*Reader) ReadBytes(byte) ([]byte, error)
func (*Reader) ReadString(byte) (string, error)
func (*Reader) WriteTo(io.Writer) (int64, error)
func ScanBytes([]byte, bool) (int, []byte, error)
func ScanLines([]byte, bool) (int, []byte, error)
func ScanRunes([]byte, bool) (int, []byte, error)
func ScanWords([]byte, bool) (int, []byte, error)
type Scanner struct{_ opaque}
func (*Scanner) Err() error
func (*Scanner) Bytes() []byte
func (*Scanner) Text() string
func (*Scanner) Scan() bool
func (*Scanner) Buffer([]byte, int)
func (*Scanner) Split(SplitFunc)
type SplitFunc func([]byte, bool) (int, []byte, error)
type Writer struct{_ opaque}
func (*Writer) Size() int
func (*Writer) Reset(io.Writer)
func (*Writer) Flush() error
func (*Writer) Available() int
func (*Writer) AvailableBuffer() []byte
func (*Writer) Buffered() int
func (*Writer) Write([]byte) (int, error)
func (*Writer) WriteByte(byte) error
func (*Writer) WriteRune(rune) (int, error)
func (*Writer) WriteString(string) (int, error)
func (*Writer) ReadFrom(io.Reader) (int64, error)`,
  ],
  [
    'bytes',
    `package bytes
import "io"
import "iter"
import "unicode"
type Buffer struct{_ opaque}
func (*Buffer) Bytes() []byte
func (*Buffer) AvailableBuffer() []byte
func (*Buffer) String() string
func (*Buffer) Peek(int) ([]byte, error)
func (*Buffer) Len() int
func (*Buffer) Cap() int
func (*Buffer) Available() int
func (*Buffer) Truncate(int)
func (*Buffer) Reset()
func (*Buffer) Grow(int)
func (*Buffer) Write([]byte) (int, error)
func (*Buffer) WriteString(string) (int, error)
func (*Buffer) ReadFrom(io.Reader) (int64, error)
func (*Buffer) WriteTo(io.Writer) (int64, error)
func (*Buffer) WriteByte(byte) error
func (*Buffer) WriteRune(rune) (int, error)
func (*Buffer) Read([]byte) (int, error)
func (*Buffer) Next(int) []byte
func (*Buffer) ReadByte() (byte, error)
func (*Buffer) ReadRune() (rune, int, error)
func (*Buffer) UnreadRune() error
func (*Buffer) UnreadByte() error
func (*Buffer) ReadBytes(byte) ([]byte, error)
func (*Buffer) ReadString(byte) (string, error)
func Clone([]byte) []byte
func Compare([]byte, []byte) int
func Contains([]byte, []byte) bool
func ContainsAny([]byte, string) bool
func ContainsFunc([]byte, func(rune) bool) bool
func ContainsRune([]byte, rune) bool
func Count([]byte, []byte) int
func Cut([]byte, []byte) ([]byte, []byte, bool)
func CutPrefix([]byte, []byte) ([]byte, bool)
func CutSuffix([]byte, []byte) ([]byte, bool)
func Equal([]byte, []byte) bool
func EqualFold([]byte, []byte) bool
var ErrTooLarge error
func Fields([]byte) [][]byte
func FieldsFunc([]byte, func(rune) bool) [][]byte
func FieldsFuncSeq([]byte, func(rune) bool) iter.Seq[[]byte]
func FieldsSeq([]byte) iter.Seq[[]byte]
func HasPrefix([]byte, []byte) bool
func HasSuffix([]byte, []byte) bool
func Index([]byte, []byte) int
func IndexAny([]byte, string) int
func IndexByte([]byte, byte) int
func IndexFunc([]byte, func(rune) bool) int
func IndexRune([]byte, rune) int
func Join([][]byte, []byte) []byte
func LastIndex([]byte, []byte) int
func LastIndexAny([]byte, string) int
func LastIndexByte([]byte, byte) int
func LastIndexFunc([]byte, func(rune) bool) int
func Lines([]byte) iter.Seq[[]byte]
func Map(func(rune) rune, []byte) []byte
const MinRead = 512
func NewBuffer([]byte) *Buffer
func NewBufferString(string) *Buffer
func NewReader([]byte) *Reader
type Reader struct{_ opaque}
func (*Reader) Len() int
func (*Reader) Size() int64
func (*Reader) Read([]byte) (int, error)
func (*Reader) ReadAt([]byte, int64) (int, error)
func (*Reader) ReadByte() (byte, error)
func (*Reader) UnreadByte() error
func (*Reader) ReadRune() (rune, int, error)
func (*Reader) UnreadRune() error
func (*Reader) Seek(int64, int) (int64, error)
func (*Reader) WriteTo(io.Writer) (int64, error)
func (*Reader) Reset([]byte)
func Repeat([]byte, int) []byte
func Replace([]byte, []byte, []byte, int) []byte
func ReplaceAll([]byte, []byte, []byte) []byte
func Runes([]byte) []rune
func Split([]byte, []byte) [][]byte
func SplitAfter([]byte, []byte) [][]byte
func SplitAfterN([]byte, []byte, int) [][]byte
func SplitAfterSeq([]byte, []byte) iter.Seq[[]byte]
func SplitN([]byte, []byte, int) [][]byte
func SplitSeq([]byte, []byte) iter.Seq[[]byte]
func Title([]byte) []byte
func ToLower([]byte) []byte
func ToLowerSpecial(unicode.SpecialCase, []byte) []byte
func ToTitle([]byte) []byte
func ToTitleSpecial(unicode.SpecialCase, []byte) []byte
func ToUpper([]byte) []byte
func ToUpperSpecial(unicode.SpecialCase, []byte) []byte
func ToValidUTF8([]byte, []byte) []byte
func Trim([]byte, string) []byte
func TrimFunc([]byte, func(rune) bool) []byte
func TrimLeft([]byte, string) []byte
func TrimLeftFunc([]byte, func(rune) bool) []byte
func TrimPrefix([]byte, []byte) []byte
func TrimRight([]byte, string) []byte
func TrimRightFunc([]byte, func(rune) bool) []byte
func TrimSpace([]byte) []byte
func TrimSuffix([]byte, []byte) []byte`,
  ],
  [
    'cmp',
    `package cmp
func Compare[T Ordered](T, T) int
func Less[T Ordered](T, T) bool
func Or[T comparable](...T) T
type Ordered interface{~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr | ~float32 | ~float64 | ~string}`,
  ],
  [
    'compress/flate',
    `package flate
import "io"
const BestCompression = 9
const BestSpeed = 1
type CorruptInputError int64
func (CorruptInputError) Error() string
const DefaultCompression = -1
const HuffmanOnly = -2
type InternalError string
func (InternalError) Error() string
func NewReader(io.Reader) io.ReadCloser
func NewReaderDict(io.Reader, []byte) io.ReadCloser
func NewWriter(io.Writer, int) (*Writer, error)
func NewWriterDict(io.Writer, int, []byte) (*Writer, error)
const NoCompression = 0
type ReadError struct{Offset int64; Err error}
func (*ReadError) Error() string
type Reader interface{io.Reader; io.ByteReader}
type Resetter interface{Reset(io.Reader, []byte) error}
type WriteError struct{Offset int64; Err error}
func (*WriteError) Error() string
type Writer struct{_ opaque}
func (*Writer) Write([]byte) (int, error)
func (*Writer) Flush() error
func (*Writer) Close() error
func (*Writer) Reset(io.Writer)`,
  ],
  [
    'compress/gzip',
    `package gzip
import "io"
import "time"
const BestCompression = 9
const BestSpeed = 1
const DefaultCompression = -1
var ErrChecksum error
var ErrHeader error
type Header struct{Comment string; Extra []byte; ModTime time.Time; Name string; OS byte}
const HuffmanOnly = -2
func NewReader(io.Reader) (*Reader, error)
func NewWriter(io.Writer) *Writer
func NewWriterLevel(io.Writer, int) (*Writer, error)
const NoCompression = 0
type Reader struct{Header; _ opaque}
func (*Reader) Reset(io.Reader) error
func (*Reader) Multistream(bool)
func (*Reader) Read([]byte) (int, error)
func (*Reader) Close() error
type Writer struct{Header; _ opaque}
func (*Writer) Reset(io.Writer)
func (*Writer) Write([]byte) (int, error)
func (*Writer) Flush() error
func (*Writer) Close() error`,
  ],
  [
    'compress/zlib',
    `package zlib
import "io"
const BestCompression = 9
const BestSpeed = 1
const DefaultCompression = -1
var ErrChecksum error
var ErrDictionary error
var ErrHeader error
const HuffmanOnly = -2
func NewReader(io.Reader) (io.ReadCloser, error)
func NewReaderDict(io.Reader, []byte) (io.ReadCloser, error)
func NewWriter(io.Writer) *Writer
func NewWriterLevel(io.Writer, int) (*Writer, error)
func NewWriterLevelDict(io.Writer, int, []byte) (*Writer, error)
const NoCompression = 0
type Resetter interface{Reset(io.Reader, []byte) error}
type Writer struct{_ opaque}
func (*Writer) Reset(io.Writer)
func (*Writer) Write([]byte) (int, error)
func (*Writer) Flush() error
func (*Writer) Close() error`,
  ],
  [
    'container/heap',
    `package heap
import "sort"
func Fix(Interface, int)
func Init(Interface)
type Interface interface{sort.Interface; Pop() any; Push(any)}
func Pop(Interface) any
func Push(Interface, any)
func Remove(Interface, int) any`,
  ],
  [
    'container/list',
    `package list
type Element struct{Value any; _ opaque}
func (*Element) Next() *Element
func (*Element) Prev() *Element
type List struct{_ opaque}
func (*List) Init() *List
func (*List) Len() int
func (*List) Front() *Element
func (*List) Back() *Element
func (*List) Remove(*Element) any
func (*List) PushFront(any) *Element
func (*List) PushBack(any) *Element
func (*List) InsertBefore(any, *Element) *Element
func (*List) InsertAfter(any, *Element) *Element
func (*List) MoveToFront(*Element)
func (*List) MoveToBack(*Element)
func (*List) MoveBefore(*Element, *Element)
func (*List) MoveAfter(*Element, *Element)
func (*List) PushBackList(*List)
func (*List) PushFrontList(*List)
func New() *List`,
  ],
  [
    'context',
    `package context
import "time"
func AfterFunc(Context, func()) func() bool
func Background() Context
type CancelCauseFunc func(error)
type CancelFunc func()
var Canceled error
func Cause(Context) error
type Context interface{Deadline() (time.Time, bool); Done() <-chan (struct{}); Err() error; Value(any) any}
var DeadlineExceeded error
func TODO() Context
func WithCancel(Context) (Context, CancelFunc)
func WithCancelCause(Context) (Context, CancelCauseFunc)
func WithDeadline(Context, time.Time) (Context, CancelFunc)
func WithDeadlineCause(Context, time.Time, error) (Context, CancelFunc)
func WithTimeout(Context, time.Duration) (Context, CancelFunc)
func WithTimeoutCause(Context, time.Duration, error) (Context, CancelFunc)
func WithValue(Context, any, any) Context
func WithoutCancel(Context) Context`,
  ],
  [
    'crypto/tls',
    `package tls
import "context"
import "crypto"
import "crypto/x509"
import "io"
import "net"
import "time"
type AlertError uint8
func (AlertError) Error() string
type Certificate struct{Certificate [][]byte; PrivateKey crypto.PrivateKey; SupportedSignatureAlgorithms []SignatureScheme; OCSPStaple []byte; SignedCertificateTimestamps [][]byte; Leaf *x509.Certificate}
type CertificateRequestInfo struct{AcceptableCAs [][]byte; SignatureSchemes []SignatureScheme; Version uint16; _ opaque}
func (*CertificateRequestInfo) Context() context.Context
func (*CertificateRequestInfo) SupportsCertificate(*Certificate) error
type CertificateVerificationError struct{UnverifiedCertificates []*x509.Certificate; Err error}
func (*CertificateVerificationError) Error() string
func (*CertificateVerificationError) Unwrap() error
type CipherSuite struct{ID uint16; Name string; SupportedVersions []uint16; Insecure bool}
func CipherSuiteName(uint16) string
func CipherSuites() []*CipherSuite
func Client(net.Conn, *Config) *Conn
type ClientAuthType int
func (ClientAuthType) String() string
type ClientHelloInfo struct{CipherSuites []uint16; ServerName string; SupportedCurves []CurveID; SupportedPoints []uint8; SignatureSchemes []SignatureScheme; SupportedProtos []string; SupportedVersions []uint16; Extensions []uint16; Conn net.Conn; HelloRetryRequest bool; _ opaque}
func (*ClientHelloInfo) Context() context.Context
func (*ClientHelloInfo) SupportsCertificate(*Certificate) error
type ClientSessionCache interface{Get(string) (*ClientSessionState, bool); Put(string, *ClientSessionState)}
type ClientSessionState struct{_ opaque}
func (*ClientSessionState) ResumptionState() ([]byte, *SessionState, error)
type Config struct{Rand io.Reader; Time func() time.Time; Certificates []Certificate; NameToCertificate map[string]*Certificate; GetCertificate func(*ClientHelloInfo) (*Certificate, error); GetClientCertificate func(*CertificateRequestInfo) (*Certificate, error); GetConfigForClient func(*ClientHelloInfo) (*Config, error); VerifyPeerCertificate func([][]byte, [][]*x509.Certificate) error; VerifyConnection func(ConnectionState) error; RootCAs *x509.CertPool; NextProtos []string; ServerName string; ClientAuth ClientAuthType; ClientCAs *x509.CertPool; InsecureSkipVerify bool; CipherSuites []uint16; PreferServerCipherSuites bool; SessionTicketsDisabled bool; SessionTicketKey [32]byte; ClientSessionCache ClientSessionCache; UnwrapSession func([]byte, ConnectionState) (*SessionState, error); WrapSession func(ConnectionState, *SessionState) ([]byte, error); MinVersion uint16; MaxVersion uint16; CurvePreferences []CurveID; DynamicRecordSizingDisabled bool; Renegotiation RenegotiationSupport; KeyLogWriter io.Writer; EncryptedClientHelloConfigList []byte; EncryptedClientHelloRejectionVerify func(ConnectionState) error; GetEncryptedClientHelloKeys func(*ClientHelloInfo) ([]EncryptedClientHelloKey, error); EncryptedClientHelloKeys []EncryptedClientHelloKey; _ opaque}
func (*Config) Clone() *Config
func (*Config) SetSessionTicketKeys([][32]byte)
func (*Config) BuildNameToCertificate()
func (*Config) EncryptTicket(ConnectionState, *SessionState) ([]byte, error)
func (*Config) DecryptTicket([]byte, ConnectionState) (*SessionState, error)
type Conn struct{_ opaque}
func (*Conn) LocalAddr() net.Addr
func (*Conn) RemoteAddr() net.Addr
func (*Conn) SetDeadline(time.Time) error
func (*Conn) SetReadDeadline(time.Time) error
func (*Conn) SetWriteDeadline(time.Time) error
func (*Conn) NetConn() net.Conn
func (*Conn) Write([]byte) (int, error)
func (*Conn) Read([]byte) (int, error)
func (*Conn) Close() error
func (*Conn) CloseWrite() error
func (*Conn) Handshake() error
func (*Conn) HandshakeContext(context.Context) error
func (*Conn) ConnectionState() ConnectionState
func (*Conn) OCSPResponse() []byte
func (*Conn) VerifyHostname(string) error
type ConnectionState struct{Version uint16; HandshakeComplete bool; DidResume bool; CipherSuite uint16; CurveID CurveID; NegotiatedProtocol string; NegotiatedProtocolIsMutual bool; ServerName string; PeerCertificates []*x509.Certificate; VerifiedChains [][]*x509.Certificate; SignedCertificateTimestamps [][]byte; OCSPResponse []byte; TLSUnique []byte; ECHAccepted bool; HelloRetryRequest bool; _ opaque}
func (*ConnectionState) ExportKeyingMaterial(string, []byte, int) ([]byte, error)
type CurveID uint16
func (CurveID) String() string
const CurveP256 CurveID = 23
const CurveP384 CurveID = 24
const CurveP521 CurveID = 25
func Dial(string, string, *Config) (*Conn, error)
func DialWithDialer(*net.Dialer, string, string, *Config) (*Conn, error)
type Dialer struct{NetDialer *net.Dialer; Config *Config}
func (*Dialer) Dial(string, string) (net.Conn, error)
func (*Dialer) DialContext(context.Context, string, string) (net.Conn, error)
const ECDSAWithP256AndSHA256 SignatureScheme = 1027
const ECDSAWithP384AndSHA384 SignatureScheme = 1283
const ECDSAWithP521AndSHA512 SignatureScheme = 1539
const ECDSAWithSHA1 SignatureScheme = 515
type ECHRejectionError struct{RetryConfigList []byte}
func (*ECHRejectionError) Error() string
const Ed25519 SignatureScheme = 2055
type EncryptedClientHelloKey struct{Config []byte; PrivateKey []byte; SendAsRetry bool}
func InsecureCipherSuites() []*CipherSuite
func Listen(string, string, *Config) (net.Listener, error)
func LoadX509KeyPair(string, string) (Certificate, error)
func NewLRUClientSessionCache(int) ClientSessionCache
func NewListener(net.Listener, *Config) net.Listener
func NewResumptionState([]byte, *SessionState) (*ClientSessionState, error)
const NoClientCert ClientAuthType = 0
const PKCS1WithSHA1 SignatureScheme = 513
const PKCS1WithSHA256 SignatureScheme = 1025
const PKCS1WithSHA384 SignatureScheme = 1281
const PKCS1WithSHA512 SignatureScheme = 1537
const PSSWithSHA256 SignatureScheme = 2052
const PSSWithSHA384 SignatureScheme = 2053
const PSSWithSHA512 SignatureScheme = 2054
func ParseSessionState([]byte) (*SessionState, error)
func QUICClient(*QUICConfig) *QUICConn
type QUICConfig struct{TLSConfig *Config; EnableSessionEvents bool}
type QUICConn struct{_ opaque}
func (*QUICConn) Start(context.Context) error
func (*QUICConn) NextEvent() QUICEvent
func (*QUICConn) Close() error
func (*QUICConn) HandleData(QUICEncryptionLevel, []byte) error
func (*QUICConn) SendSessionTicket(QUICSessionTicketOptions) error
func (*QUICConn) StoreSession(*SessionState) error
func (*QUICConn) ConnectionState() ConnectionState
func (*QUICConn) SetTransportParameters([]byte)
type QUICEncryptionLevel int
func (QUICEncryptionLevel) String() string
const QUICEncryptionLevelApplication QUICEncryptionLevel = 3
const QUICEncryptionLevelEarly QUICEncryptionLevel = 1
const QUICEncryptionLevelHandshake QUICEncryptionLevel = 2
const QUICEncryptionLevelInitial QUICEncryptionLevel = 0
const QUICErrorEvent QUICEventKind = 10
type QUICEvent struct{Kind QUICEventKind; Level QUICEncryptionLevel; Data []byte; Suite uint16; SessionState *SessionState; Err error}
type QUICEventKind int
const QUICHandshakeDone QUICEventKind = 7
const QUICNoEvent QUICEventKind = 0
const QUICRejectedEarlyData QUICEventKind = 6
const QUICResumeSession QUICEventKind = 8
func QUICServer(*QUICConfig) *QUICConn
type QUICSessionTicketOptions struct{EarlyData bool; Extra [][]byte}
const QUICSetReadSecret QUICEventKind = 1
const QUICSetWriteSecret QUICEventKind = 2
const QUICStoreSession QUICEventKind = 9
const QUICTransportParameters QUICEventKind = 4
const QUICTransportParametersRequired QUICEventKind = 5
const QUICWriteData QUICEventKind = 3
type RecordHeaderError struct{Msg string; RecordHeader [5]byte; Conn net.Conn}
func (RecordHeaderError) Error() string
const RenegotiateFreelyAsClient RenegotiationSupport = 2
const RenegotiateNever RenegotiationSupport = 0
const RenegotiateOnceAsClient RenegotiationSupport = 1
type RenegotiationSupport int
const RequestClientCert ClientAuthType = 1
const RequireAndVerifyClientCert ClientAuthType = 4
const RequireAnyClientCert ClientAuthType = 2
const SecP256r1MLKEM768 CurveID = 4587
const SecP384r1MLKEM1024 CurveID = 4589
func Server(net.Conn, *Config) *Conn
type SessionState struct{Extra [][]byte; EarlyData bool; _ opaque}
func (*SessionState) Bytes() ([]byte, error)
type SignatureScheme uint16
func (SignatureScheme) String() string
const TLS_AES_128_GCM_SHA256 uint16 = 4865
const TLS_AES_256_GCM_SHA384 uint16 = 4866
const TLS_CHACHA20_POLY1305_SHA256 uint16 = 4867
const TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA uint16 = 49161
const TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 uint16 = 49187
const TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 uint16 = 49195
const TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA uint16 = 49162
const TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 uint16 = 49196
const TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305 uint16 = 52393
const TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 uint16 = 52393
const TLS_ECDHE_ECDSA_WITH_RC4_128_SHA uint16 = 49159
const TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA uint16 = 49170
const TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA uint16 = 49171
const TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 uint16 = 49191
const TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 uint16 = 49199
const TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA uint16 = 49172
const TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 uint16 = 49200
const TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305 uint16 = 52392
const TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 uint16 = 52392
const TLS_ECDHE_RSA_WITH_RC4_128_SHA uint16 = 49169
const TLS_FALLBACK_SCSV uint16 = 22016
const TLS_RSA_WITH_3DES_EDE_CBC_SHA uint16 = 10
const TLS_RSA_WITH_AES_128_CBC_SHA uint16 = 47
const TLS_RSA_WITH_AES_128_CBC_SHA256 uint16 = 60
const TLS_RSA_WITH_AES_128_GCM_SHA256 uint16 = 156
const TLS_RSA_WITH_AES_256_CBC_SHA uint16 = 53
const TLS_RSA_WITH_AES_256_GCM_SHA384 uint16 = 157
const TLS_RSA_WITH_RC4_128_SHA uint16 = 5
const VerifyClientCertIfGiven ClientAuthType = 3
func VersionName(uint16) string
const VersionSSL30 = 768
const VersionTLS10 = 769
const VersionTLS11 = 770
const VersionTLS12 = 771
const VersionTLS13 = 772
const X25519 CurveID = 29
const X25519MLKEM768 CurveID = 4588
func X509KeyPair([]byte, []byte) (Certificate, error)`,
  ],
  [
    'database/sql',
    `package sql
import "context"
import "database/sql/driver"
import "reflect"
import "time"
type ColumnType struct{_ opaque}
func (*ColumnType) Name() string
func (*ColumnType) Length() (int64, bool)
func (*ColumnType) DecimalSize() (int64, int64, bool)
func (*ColumnType) ScanType() reflect.Type
func (*ColumnType) Nullable() (bool, bool)
func (*ColumnType) DatabaseTypeName() string
type Conn struct{_ opaque}
func (*Conn) PingContext(context.Context) error
func (*Conn) ExecContext(context.Context, string, ...any) (Result, error)
func (*Conn) QueryContext(context.Context, string, ...any) (*Rows, error)
func (*Conn) QueryRowContext(context.Context, string, ...any) *Row
func (*Conn) PrepareContext(context.Context, string) (*Stmt, error)
func (*Conn) Raw(func(any) error) error
func (*Conn) BeginTx(context.Context, *TxOptions) (*Tx, error)
func (*Conn) Close() error
type DB struct{_ opaque}
func (*DB) PingContext(context.Context) error
func (*DB) Ping() error
func (*DB) Close() error
func (*DB) SetMaxIdleConns(int)
func (*DB) SetMaxOpenConns(int)
func (*DB) SetConnMaxLifetime(time.Duration)
func (*DB) SetConnMaxIdleTime(time.Duration)
func (*DB) Stats() DBStats
func (*DB) PrepareContext(context.Context, string) (*Stmt, error)
func (*DB) Prepare(string) (*Stmt, error)
func (*DB) ExecContext(context.Context, string, ...any) (Result, error)
func (*DB) Exec(string, ...any) (Result, error)
func (*DB) QueryContext(context.Context, string, ...any) (*Rows, error)
func (*DB) Query(string, ...any) (*Rows, error)
func (*DB) QueryRowContext(context.Context, string, ...any) *Row
func (*DB) QueryRow(string, ...any) *Row
func (*DB) BeginTx(context.Context, *TxOptions) (*Tx, error)
func (*DB) Begin() (*Tx, error)
func (*DB) Driver() driver.Driver
func (*DB) Conn(context.Context) (*Conn, error)
type DBStats struct{MaxOpenConnections int; OpenConnections int; InUse int; Idle int; WaitCount int64; WaitDuration time.Duration; MaxIdleClosed int64; MaxIdleTimeClosed int64; MaxLifetimeClosed int64}
func Drivers() []string
var ErrConnDone error
var ErrNoRows error
var ErrTxDone error
type IsolationLevel int
func (IsolationLevel) String() string
const LevelDefault IsolationLevel = 0
const LevelLinearizable IsolationLevel = 7
const LevelReadCommitted IsolationLevel = 2
const LevelReadUncommitted IsolationLevel = 1
const LevelRepeatableRead IsolationLevel = 4
const LevelSerializable IsolationLevel = 6
const LevelSnapshot IsolationLevel = 5
const LevelWriteCommitted IsolationLevel = 3
func Named(string, any) NamedArg
type NamedArg struct{Name string; Value any; _ opaque}
type Null[T any] struct{V T; Valid bool}
func (*Null[T]) Scan(any) error
func (Null[T]) Value() (driver.Value, error)
type NullBool struct{Bool bool; Valid bool}
func (*NullBool) Scan(any) error
func (NullBool) Value() (driver.Value, error)
type NullByte struct{Byte byte; Valid bool}
func (*NullByte) Scan(any) error
func (NullByte) Value() (driver.Value, error)
type NullFloat64 struct{Float64 float64; Valid bool}
func (*NullFloat64) Scan(any) error
func (NullFloat64) Value() (driver.Value, error)
type NullInt16 struct{Int16 int16; Valid bool}
func (*NullInt16) Scan(any) error
func (NullInt16) Value() (driver.Value, error)
type NullInt32 struct{Int32 int32; Valid bool}
func (*NullInt32) Scan(any) error
func (NullInt32) Value() (driver.Value, error)
type NullInt64 struct{Int64 int64; Valid bool}
func (*NullInt64) Scan(any) error
func (NullInt64) Value() (driver.Value, error)
type NullString struct{String string; Valid bool}
func (*NullString) Scan(any) error
func (NullString) Value() (driver.Value, error)
type NullTime struct{Time time.Time; Valid bool}
func (*NullTime) Scan(any) error
func (NullTime) Value() (driver.Value, error)
func Open(string, string) (*DB, error)
func OpenDB(driver.Connector) *DB
type Out struct{Dest any; In bool; _ opaque}
type RawBytes []byte
func Register(string, driver.Driver)
type Result interface{LastInsertId() (int64, error); RowsAffected() (int64, error)}
type Row struct{_ opaque}
func (*Row) Scan(...any) error
func (*Row) Err() error
type Rows struct{_ opaque}
func (*Rows) Next() bool
func (*Rows) NextResultSet() bool
func (*Rows) Err() error
func (*Rows) Columns() ([]string, error)
func (*Rows) ColumnTypes() ([]*ColumnType, error)
func (*Rows) Scan(...any) error
func (*Rows) Close() error
type Scanner interface{Scan(any) error}
type Stmt struct{_ opaque}
func (*Stmt) ExecContext(context.Context, ...any) (Result, error)
func (*Stmt) Exec(...any) (Result, error)
func (*Stmt) QueryContext(context.Context, ...any) (*Rows, error)
func (*Stmt) Query(...any) (*Rows, error)
func (*Stmt) QueryRowContext(context.Context, ...any) *Row
func (*Stmt) QueryRow(...any) *Row
func (*Stmt) Close() error
type Tx struct{_ opaque}
func (*Tx) Commit() error
func (*Tx) Rollback() error
func (*Tx) PrepareContext(context.Context, string) (*Stmt, error)
func (*Tx) Prepare(string) (*Stmt, error)
func (*Tx) StmtContext(context.Context, *Stmt) *Stmt
func (*Tx) Stmt(*Stmt) *Stmt
func (*Tx) ExecContext(context.Context, string, ...any) (Result, error)
func (*Tx) Exec(string, ...any) (Result, error)
func (*Tx) QueryContext(context.Context, string, ...any) (*Rows, error)
func (*Tx) Query(string, ...any) (*Rows, error)
func (*Tx) QueryRowContext(context.Context, string, ...any) *Row
func (*Tx) QueryRow(string, ...any) *Row
type TxOptions struct{Isolation IsolationLevel; ReadOnly bool}`,
  ],
  [
    'encoding/base64',
    `package base64
import "io"
type CorruptInputError int64
func (CorruptInputError) Error() string
type Encoding struct{_ opaque}
func (Encoding) WithPadding(rune) *Encoding
func (Encoding) Strict() *Encoding
func (*Encoding) Encode([]byte, []byte)
func (*Encoding) AppendEncode([]byte, []byte) []byte
func (*Encoding) EncodeToString([]byte) string
func (*Encoding) EncodedLen(int) int
func (*Encoding) AppendDecode([]byte, []byte) ([]byte, error)
func (*Encoding) DecodeString(string) ([]byte, error)
func (*Encoding) Decode([]byte, []byte) (int, error)
func (*Encoding) DecodedLen(int) int
func NewDecoder(*Encoding, io.Reader) io.Reader
func NewEncoder(*Encoding, io.Writer) io.WriteCloser
func NewEncoding(string) *Encoding
const NoPadding rune = -1
var RawStdEncoding *Encoding
var RawURLEncoding *Encoding
var StdEncoding *Encoding
const StdPadding rune = 61
var URLEncoding *Encoding`,
  ],
  [
    'encoding/binary',
    `package binary
import "io"
func Append([]byte, ByteOrder, any) ([]byte, error)
type AppendByteOrder interface{AppendUint16([]byte, uint16) []byte; AppendUint32([]byte, uint32) []byte; AppendUint64([]byte, uint64) []byte; String() string}
func AppendUvarint([]byte, uint64) []byte
func AppendVarint([]byte, int64) []byte
var BigEndian bigEndian
type ByteOrder interface{PutUint16([]byte, uint16); PutUint32([]byte, uint32); PutUint64([]byte, uint64); String() string; Uint16([]byte) uint16; Uint32([]byte) uint32; Uint64([]byte) uint64}
func Decode([]byte, ByteOrder, any) (int, error)
func Encode([]byte, ByteOrder, any) (int, error)
var LittleEndian littleEndian
const MaxVarintLen16 = 3
const MaxVarintLen32 = 5
const MaxVarintLen64 = 10
var NativeEndian nativeEndian
func PutUvarint([]byte, uint64) int
func PutVarint([]byte, int64) int
func Read(io.Reader, ByteOrder, any) error
func ReadUvarint(io.ByteReader) (uint64, error)
func ReadVarint(io.ByteReader) (int64, error)
func Size(any) int
func Uvarint([]byte) (uint64, int)
func Varint([]byte) (int64, int)
func Write(io.Writer, ByteOrder, any) error
type bigEndian struct{}
func (bigEndian) Uint16([]byte) uint16
func (bigEndian) PutUint16([]byte, uint16)
func (bigEndian) AppendUint16([]byte, uint16) []byte
func (bigEndian) Uint32([]byte) uint32
func (bigEndian) PutUint32([]byte, uint32)
func (bigEndian) AppendUint32([]byte, uint32) []byte
func (bigEndian) Uint64([]byte) uint64
func (bigEndian) PutUint64([]byte, uint64)
func (bigEndian) AppendUint64([]byte, uint64) []byte
func (bigEndian) String() string
func (bigEndian) GoString() string
type littleEndian struct{}
func (littleEndian) Uint16([]byte) uint16
func (littleEndian) PutUint16([]byte, uint16)
func (littleEndian) AppendUint16([]byte, uint16) []byte
func (littleEndian) Uint32([]byte) uint32
func (littleEndian) PutUint32([]byte, uint32)
func (littleEndian) AppendUint32([]byte, uint32) []byte
func (littleEndian) Uint64([]byte) uint64
func (littleEndian) PutUint64([]byte, uint64)
func (littleEndian) AppendUint64([]byte, uint64) []byte
func (littleEndian) String() string
func (littleEndian) GoString() string
type nativeEndian struct{littleEndian}
func (nativeEndian) String() string
func (nativeEndian) GoString() string`,
  ],
  [
    'encoding/csv',
    `package csv
import "io"
var ErrBareQuote error
var ErrFieldCount error
var ErrQuote error
var ErrTrailingComma error
func NewReader(io.Reader) *Reader
func NewWriter(io.Writer) *Writer
type ParseError struct{StartLine int; Line int; Column int; Err error}
func (*ParseError) Error() string
func (*ParseError) Unwrap() error
type Reader struct{Comma rune; Comment rune; FieldsPerRecord int; LazyQuotes bool; TrimLeadingSpace bool; ReuseRecord bool; TrailingComma bool; _ opaque}
func (*Reader) Read() ([]string, error)
func (*Reader) FieldPos(int) (int, int)
func (*Reader) InputOffset() int64
func (*Reader) ReadAll() ([][]string, error)
type Writer struct{Comma rune; UseCRLF bool; _ opaque}
func (*Writer) Write([]string) error
func (*Writer) Flush()
func (*Writer) Error() error
func (*Writer) WriteAll([][]string) error`,
  ],
  [
    'encoding/gob',
    `package gob
import "io"
import "reflect"
type CommonType struct{Name string; Id typeId}
type Decoder struct{_ opaque}
func (*Decoder) Decode(any) error
func (*Decoder) DecodeValue(reflect.Value) error
type Encoder struct{_ opaque}
func (*Encoder) Encode(any) error
func (*Encoder) EncodeValue(reflect.Value) error
type GobDecoder interface{GobDecode([]byte) error}
type GobEncoder interface{GobEncode() ([]byte, error)}
func NewDecoder(io.Reader) *Decoder
func NewEncoder(io.Writer) *Encoder
func Register(any)
func RegisterName(string, any)
type typeId int32`,
  ],
  [
    'encoding/hex',
    `package hex
import "io"
func AppendDecode([]byte, []byte) ([]byte, error)
func AppendEncode([]byte, []byte) []byte
func Decode([]byte, []byte) (int, error)
func DecodeString(string) ([]byte, error)
func DecodedLen(int) int
func Dump([]byte) string
func Dumper(io.Writer) io.WriteCloser
func Encode([]byte, []byte) int
func EncodeToString([]byte) string
func EncodedLen(int) int
var ErrLength error
type InvalidByteError byte
func (InvalidByteError) Error() string
func NewDecoder(io.Reader) io.Reader
func NewEncoder(io.Writer) io.Writer`,
  ],
  [
    'encoding/json',
    `package json
import "bytes"
import "io"
import "reflect"
func Compact(*bytes.Buffer, []byte) error
type Decoder struct{_ opaque}
func (*Decoder) UseNumber()
func (*Decoder) DisallowUnknownFields()
func (*Decoder) Decode(any) error
func (*Decoder) Buffered() io.Reader
func (*Decoder) Token() (Token, error)
func (*Decoder) More() bool
func (*Decoder) InputOffset() int64
type Delim rune
func (Delim) String() string
type Encoder struct{_ opaque}
func (*Encoder) Encode(any) error
func (*Encoder) SetIndent(string, string)
func (*Encoder) SetEscapeHTML(bool)
func HTMLEscape(*bytes.Buffer, []byte)
func Indent(*bytes.Buffer, []byte, string, string) error
type InvalidUTF8Error struct{S string}
func (*InvalidUTF8Error) Error() string
type InvalidUnmarshalError struct{Type reflect.Type}
func (*InvalidUnmarshalError) Error() string
func Marshal(any) ([]byte, error)
func MarshalIndent(any, string, string) ([]byte, error)
type Marshaler interface{MarshalJSON() ([]byte, error)}
type MarshalerError struct{Type reflect.Type; Err error; _ opaque}
func (*MarshalerError) Error() string
func (*MarshalerError) Unwrap() error
func NewDecoder(io.Reader) *Decoder
func NewEncoder(io.Writer) *Encoder
type Number string
func (Number) String() string
func (Number) Float64() (float64, error)
func (Number) Int64() (int64, error)
type RawMessage []byte
func (RawMessage) MarshalJSON() ([]byte, error)
func (*RawMessage) UnmarshalJSON([]byte) error
type SyntaxError struct{Offset int64; _ opaque}
func (*SyntaxError) Error() string
type Token any
func Unmarshal([]byte, any) error
type UnmarshalFieldError struct{Key string; Type reflect.Type; Field reflect.StructField}
func (*UnmarshalFieldError) Error() string
type UnmarshalTypeError struct{Value string; Type reflect.Type; Offset int64; Struct string; Field string}
func (*UnmarshalTypeError) Error() string
type Unmarshaler interface{UnmarshalJSON([]byte) error}
type UnsupportedTypeError struct{Type reflect.Type}
func (*UnsupportedTypeError) Error() string
type UnsupportedValueError struct{Value reflect.Value; Str string}
func (*UnsupportedValueError) Error() string
func Valid([]byte) bool`,
  ],
  [
    'encoding/xml',
    `package xml
import "io"
import "reflect"
type Attr struct{Name Name; Value string}
type CharData []byte
func (CharData) Copy() CharData
type Comment []byte
func (Comment) Copy() Comment
func CopyToken(Token) Token
type Decoder struct{Strict bool; AutoClose []string; Entity map[string]string; CharsetReader func(string, io.Reader) (io.Reader, error); DefaultSpace string; _ opaque}
func (*Decoder) Decode(any) error
func (*Decoder) DecodeElement(any, *StartElement) error
func (*Decoder) Skip() error
func (*Decoder) Token() (Token, error)
func (*Decoder) RawToken() (Token, error)
func (*Decoder) InputOffset() int64
func (*Decoder) InputPos() (int, int)
type Directive []byte
func (Directive) Copy() Directive
type Encoder struct{_ opaque}
func (*Encoder) Indent(string, string)
func (*Encoder) Encode(any) error
func (*Encoder) EncodeElement(any, StartElement) error
func (*Encoder) EncodeToken(Token) error
func (*Encoder) Flush() error
func (*Encoder) Close() error
type EndElement struct{Name Name}
func Escape(io.Writer, []byte)
func EscapeText(io.Writer, []byte) error
var HTMLAutoClose []string
var HTMLEntity map[string]string
const Header = "<?xml version=\\"1.0\\" encoding=\\"UTF-8\\"?>\\n"
func Marshal(any) ([]byte, error)
func MarshalIndent(any, string, string) ([]byte, error)
type Marshaler interface{MarshalXML(*Encoder, StartElement) error}
type MarshalerAttr interface{MarshalXMLAttr(Name) (Attr, error)}
type Name struct{Space string; Local string}
func NewDecoder(io.Reader) *Decoder
func NewEncoder(io.Writer) *Encoder
func NewTokenDecoder(TokenReader) *Decoder
type ProcInst struct{Target string; Inst []byte}
func (ProcInst) Copy() ProcInst
type StartElement struct{Name Name; Attr []Attr}
func (StartElement) Copy() StartElement
func (StartElement) End() EndElement
type SyntaxError struct{Msg string; Line int}
func (*SyntaxError) Error() string
type TagPathError struct{Struct reflect.Type; Field1 string; Tag1 string; Field2 string; Tag2 string}
func (*TagPathError) Error() string
type Token any
type TokenReader interface{Token() (Token, error)}
func Unmarshal([]byte, any) error
type UnmarshalError string
func (UnmarshalError) Error() string
type Unmarshaler interface{UnmarshalXML(*Decoder, StartElement) error}
type UnmarshalerAttr interface{UnmarshalXMLAttr(Attr) error}
type UnsupportedTypeError struct{Type reflect.Type}
func (*UnsupportedTypeError) Error() string`,
  ],
  [
    'errors',
    `package errors
func As(error, any) bool
func AsType[E error](error) (E, bool)
var ErrUnsupported error
func Is(error, error) bool
func Join(...error) error
func New(string) error
func Unwrap(error) error`,
  ],
  [
    'expvar',
    `package expvar
import "net/http"
func Do(func(KeyValue))
type Float struct{_ opaque}
func (*Float) Value() float64
func (*Float) String() string
func (*Float) Add(float64)
func (*Float) Set(float64)
type Func func() any
func (Func) Value() any
func (Func) String() string
func Get(string) Var
func Handler() http.Handler
type Int struct{_ opaque}
func (*Int) Value() int64
func (*Int) String() string
func (*Int) Add(int64)
func (*Int) Set(int64)
type KeyValue struct{Key string; Value Var}
type Map struct{_ opaque}
func (*Map) String() string
func (*Map) Init() *Map
func (*Map) Get(string) Var
func (*Map) Set(string, Var)
func (*Map) Add(string, int64)
func (*Map) AddFloat(string, float64)
func (*Map) Delete(string)
func (*Map) Do(func(KeyValue))
func NewFloat(string) *Float
func NewInt(string) *Int
func NewMap(string) *Map
func NewString(string) *String
func Publish(string, Var)
type String struct{_ opaque}
func (*String) Value() string
func (*String) String() string
func (*String) Set(string)
type Var interface{String() string}`,
  ],
  [
    'flag',
    `package flag
import "encoding"
import "io"
import "time"
func Arg(int) string
func Args() []string
func Bool(string, bool, string) *bool
func BoolFunc(string, string, func(string) error)
func BoolVar(*bool, string, bool, string)
var CommandLine *FlagSet
const ContinueOnError ErrorHandling = 0
func Duration(string, time.Duration, string) *time.Duration
func DurationVar(*time.Duration, string, time.Duration, string)
var ErrHelp error
type ErrorHandling int
const ExitOnError ErrorHandling = 1
type Flag struct{Name string; Usage string; Value Value; DefValue string}
type FlagSet struct{Usage func(); _ opaque}
func (*FlagSet) Output() io.Writer
func (*FlagSet) Name() string
func (*FlagSet) ErrorHandling() ErrorHandling
func (*FlagSet) SetOutput(io.Writer)
func (*FlagSet) VisitAll(func(*Flag))
func (*FlagSet) Visit(func(*Flag))
func (*FlagSet) Lookup(string) *Flag
func (*FlagSet) Set(string, string) error
func (*FlagSet) PrintDefaults()
func (*FlagSet) NFlag() int
func (*FlagSet) Arg(int) string
func (*FlagSet) NArg() int
func (*FlagSet) Args() []string
func (*FlagSet) BoolVar(*bool, string, bool, string)
func (*FlagSet) Bool(string, bool, string) *bool
func (*FlagSet) IntVar(*int, string, int, string)
func (*FlagSet) Int(string, int, string) *int
func (*FlagSet) Int64Var(*int64, string, int64, string)
func (*FlagSet) Int64(string, int64, string) *int64
func (*FlagSet) UintVar(*uint, string, uint, string)
func (*FlagSet) Uint(string, uint, string) *uint
func (*FlagSet) Uint64Var(*uint64, string, uint64, string)
func (*FlagSet) Uint64(string, uint64, string) *uint64
func (*FlagSet) StringVar(*string, string, string, string)
func (*FlagSet) String(string, string, string) *string
func (*FlagSet) Float64Var(*float64, string, float64, string)
func (*FlagSet) Float64(string, float64, string) *float64
func (*FlagSet) DurationVar(*time.Duration, string, time.Duration, string)
func (*FlagSet) Duration(string, time.Duration, string) *time.Duration
func (*FlagSet) TextVar(encoding.TextUnmarshaler, string, encoding.TextMarshaler, string)
func (*FlagSet) Func(string, string, func(string) error)
func (*FlagSet) BoolFunc(string, string, func(string) error)
func (*FlagSet) Var(Value, string, string)
func (*FlagSet) Parse([]string) error
func (*FlagSet) Parsed() bool
func (*FlagSet) Init(string, ErrorHandling)
func Float64(string, float64, string) *float64
func Float64Var(*float64, string, float64, string)
func Func(string, string, func(string) error)
type Getter interface{Value; Get() any}
func Int(string, int, string) *int
func Int64(string, int64, string) *int64
func Int64Var(*int64, string, int64, string)
func IntVar(*int, string, int, string)
func Lookup(string) *Flag
func NArg() int
func NFlag() int
func NewFlagSet(string, ErrorHandling) *FlagSet
const PanicOnError ErrorHandling = 2
func Parse()
func Parsed() bool
func PrintDefaults()
func Set(string, string) error
func String(string, string, string) *string
func StringVar(*string, string, string, string)
func TextVar(encoding.TextUnmarshaler, string, encoding.TextMarshaler, string)
func Uint(string, uint, string) *uint
func Uint64(string, uint64, string) *uint64
func Uint64Var(*uint64, string, uint64, string)
func UintVar(*uint, string, uint, string)
func UnquoteUsage(*Flag) (string, string)
var Usage func()
type Value interface{Set(string) error; String() string}
func Var(Value, string, string)
func Visit(func(*Flag))
func VisitAll(func(*Flag))`,
  ],
  [
    'fmt',
    `package fmt
import "io"
func Append([]byte, ...any) []byte
func Appendf([]byte, string, ...any) []byte
func Appendln([]byte, ...any) []byte
func Errorf(string, ...any) error
func FormatString(State, rune) string
type Formatter interface{Format(State, rune)}
func Fprint(io.Writer, ...any) (int, error)
func Fprintf(io.Writer, string, ...any) (int, error)
func Fprintln(io.Writer, ...any) (int, error)
func Fscan(io.Reader, ...any) (int, error)
func Fscanf(io.Reader, string, ...any) (int, error)
func Fscanln(io.Reader, ...any) (int, error)
type GoStringer interface{GoString() string}
func Print(...any) (int, error)
func Printf(string, ...any) (int, error)
func Println(...any) (int, error)
func Scan(...any) (int, error)
type ScanState interface{Read([]byte) (int, error); ReadRune() (rune, int, error); SkipSpace(); Token(bool, func(rune) bool) ([]byte, error); UnreadRune() error; Width() (int, bool)}
func Scanf(string, ...any) (int, error)
func Scanln(...any) (int, error)
type Scanner interface{Scan(ScanState, rune) error}
func Sprint(...any) string
func Sprintf(string, ...any) string
func Sprintln(...any) string
func Sscan(string, ...any) (int, error)
func Sscanf(string, string, ...any) (int, error)
func Sscanln(string, ...any) (int, error)
type State interface{Flag(int) bool; Precision() (int, bool); Width() (int, bool); Write([]byte) (int, error)}
type Stringer interface{String() string}`,
  ],
  [
    'hash',
    `package hash
import "io"
type Cloner interface{Hash; Clone() (Cloner, error)}
type Hash interface{io.Writer; BlockSize() int; Reset(); Size() int; Sum([]byte) []byte}
type Hash32 interface{Hash; Sum32() uint32}
type Hash64 interface{Hash; Sum64() uint64}
type XOF interface{io.Writer; io.Reader; BlockSize() int; Reset()}`,
  ],
  [
    'html/template',
    `package template
import "io"
import "io/fs"
import "text/template"
import "text/template/parse"
type CSS string
const ErrAmbigContext ErrorCode = 1
const ErrBadHTML ErrorCode = 2
const ErrBranchEnd ErrorCode = 3
const ErrEndContext ErrorCode = 4
const ErrJSTemplate ErrorCode = 12
const ErrNoSuchTemplate ErrorCode = 5
const ErrOutputContext ErrorCode = 6
const ErrPartialCharset ErrorCode = 7
const ErrPartialEscape ErrorCode = 8
const ErrPredefinedEscaper ErrorCode = 11
const ErrRangeLoopReentry ErrorCode = 9
const ErrSlashAmbig ErrorCode = 10
type Error struct{ErrorCode ErrorCode; Node parse.Node; Name string; Line int; Description string}
func (*Error) Error() string
type ErrorCode int
type FuncMap = template.FuncMap
type HTML string
type HTMLAttr string
func HTMLEscape(io.Writer, []byte)
func HTMLEscapeString(string) string
func HTMLEscaper(...any) string
func IsTrue(any) (bool, bool)
type JS string
func JSEscape(io.Writer, []byte)
func JSEscapeString(string) string
func JSEscaper(...any) string
type JSStr string
func Must(*Template, error) *Template
func New(string) *Template
const OK ErrorCode = 0
func ParseFS(fs.FS, ...string) (*Template, error)
func ParseFiles(...string) (*Template, error)
func ParseGlob(string) (*Template, error)
type Srcset string
type Template struct{Tree *parse.Tree; *nameSpace; _ opaque}
func (*Template) Templates() []*Template
func (*Template) Option(...string) *Template
func (*Template) Execute(io.Writer, any) error
func (*Template) ExecuteTemplate(io.Writer, string, any) error
func (*Template) DefinedTemplates() string
func (*Template) Parse(string) (*Template, error)
func (*Template) AddParseTree(string, *parse.Tree) (*Template, error)
func (*Template) Clone() (*Template, error)
func (*Template) New(string) *Template
func (*Template) Name() string
func (*Template) Funcs(FuncMap) *Template
func (*Template) Delims(string, string) *Template
func (*Template) Lookup(string) *Template
func (*Template) ParseFiles(...string) (*Template, error)
func (*Template) ParseGlob(string) (*Template, error)
func (*Template) ParseFS(fs.FS, ...string) (*Template, error)
type URL string
func URLQueryEscaper(...any) string
type nameSpace struct{_ opaque}`,
  ],
  [
    'io',
    `package io
type ByteReader interface{ReadByte() (byte, error)}
type ByteScanner interface{ByteReader; UnreadByte() error}
type ByteWriter interface{WriteByte(byte) error}
type Closer interface{Close() error}
func Copy(Writer, Reader) (int64, error)
func CopyBuffer(Writer, Reader, []byte) (int64, error)
func CopyN(Writer, Reader, int64) (int64, error)
var Discard Writer
var EOF error
var ErrClosedPipe error
var ErrNoProgress error
var ErrShortBuffer error
var ErrShortWrite error
var ErrUnexpectedEOF error
func LimitReader(Reader, int64) Reader
type LimitedReader struct{R Reader; N int64}
func (*LimitedReader) Read([]byte) (int, error)
func MultiReader(...Reader) Reader
func MultiWriter(...Writer) Writer
func NewOffsetWriter(WriterAt, int64) *OffsetWriter
func NewSectionReader(ReaderAt, int64, int64) *SectionReader
func NopCloser(Reader) ReadCloser
type OffsetWriter struct{_ opaque}
func (*OffsetWriter) Write([]byte) (int, error)
func (*OffsetWriter) WriteAt([]byte, int64) (int, error)
func (*OffsetWriter) Seek(int64, int) (int64, error)
func Pipe() (*PipeReader, *PipeWriter)
type PipeReader struct{pipe}
func (*PipeReader) Read([]byte) (int, error)
func (*PipeReader) Close() error
func (*PipeReader) CloseWithError(error) error
type PipeWriter struct{_ opaque}
func (*PipeWriter) Write([]byte) (int, error)
func (*PipeWriter) Close() error
func (*PipeWriter) CloseWithError(error) error
func ReadAll(Reader) ([]byte, error)
func ReadAtLeast(Reader, []byte, int) (int, error)
type ReadCloser interface{Reader; Closer}
func ReadFull(Reader, []byte) (int, error)
type ReadSeekCloser interface{Reader; Seeker; Closer}
type ReadSeeker interface{Reader; Seeker}
type ReadWriteCloser interface{Reader; Writer; Closer}
type ReadWriteSeeker interface{Reader; Writer; Seeker}
type ReadWriter interface{Reader; Writer}
type Reader interface{Read([]byte) (int, error)}
type ReaderAt interface{ReadAt([]byte, int64) (int, error)}
type ReaderFrom interface{ReadFrom(Reader) (int64, error)}
type RuneReader interface{ReadRune() (rune, int, error)}
type RuneScanner interface{RuneReader; UnreadRune() error}
type SectionReader struct{_ opaque}
func (*SectionReader) Read([]byte) (int, error)
func (*SectionReader) Seek(int64, int) (int64, error)
func (*SectionReader) ReadAt([]byte, int64) (int, error)
func (*SectionReader) Size() int64
func (*SectionReader) Outer() (ReaderAt, int64, int64)
const SeekCurrent = 1
const SeekEnd = 2
const SeekStart = 0
type Seeker interface{Seek(int64, int) (int64, error)}
type StringWriter interface{WriteString(string) (int, error)}
func TeeReader(Reader, Writer) Reader
type WriteCloser interface{Writer; Closer}
type WriteSeeker interface{Writer; Seeker}
func WriteString(Writer, string) (int, error)
type Writer interface{Write([]byte) (int, error)}
type WriterAt interface{WriteAt([]byte, int64) (int, error)}
type WriterTo interface{WriteTo(Writer) (int64, error)}
type pipe struct{_ opaque}`,
  ],
  [
    'io/fs',
    `package fs
import "time"
type DirEntry interface{Info() (FileInfo, error); IsDir() bool; Name() string; Type() FileMode}
var ErrClosed error
var ErrExist error
var ErrInvalid error
var ErrNotExist error
var ErrPermission error
type FS interface{Open(string) (File, error)}
type File interface{Close() error; Read([]byte) (int, error); Stat() (FileInfo, error)}
type FileInfo interface{IsDir() bool; ModTime() time.Time; Mode() FileMode; Name() string; Size() int64; Sys() any}
func FileInfoToDirEntry(FileInfo) DirEntry
type FileMode uint32
func (FileMode) String() string
func (FileMode) IsDir() bool
func (FileMode) IsRegular() bool
func (FileMode) Perm() FileMode
func (FileMode) Type() FileMode
func FormatDirEntry(DirEntry) string
func FormatFileInfo(FileInfo) string
func Glob(FS, string) ([]string, error)
type GlobFS interface{FS; Glob(string) ([]string, error)}
func Lstat(FS, string) (FileInfo, error)
const ModeAppend FileMode = 1073741824
const ModeCharDevice FileMode = 2097152
const ModeDevice FileMode = 67108864
const ModeDir FileMode = 2147483648
const ModeExclusive FileMode = 536870912
const ModeIrregular FileMode = 524288
const ModeNamedPipe FileMode = 33554432
const ModePerm FileMode = 511
const ModeSetgid FileMode = 4194304
const ModeSetuid FileMode = 8388608
const ModeSocket FileMode = 16777216
const ModeSticky FileMode = 1048576
const ModeSymlink FileMode = 134217728
const ModeTemporary FileMode = 268435456
const ModeType FileMode = 2401763328
type PathError struct{Op string; Path string; Err error}
func (*PathError) Error() string
func (*PathError) Unwrap() error
func (*PathError) Timeout() bool
func ReadDir(FS, string) ([]DirEntry, error)
type ReadDirFS interface{FS; ReadDir(string) ([]DirEntry, error)}
type ReadDirFile interface{File; ReadDir(int) ([]DirEntry, error)}
func ReadFile(FS, string) ([]byte, error)
type ReadFileFS interface{FS; ReadFile(string) ([]byte, error)}
func ReadLink(FS, string) (string, error)
type ReadLinkFS interface{FS; Lstat(string) (FileInfo, error); ReadLink(string) (string, error)}
var SkipAll error
var SkipDir error
func Stat(FS, string) (FileInfo, error)
type StatFS interface{FS; Stat(string) (FileInfo, error)}
func Sub(FS, string) (FS, error)
type SubFS interface{FS; Sub(string) (FS, error)}
func ValidPath(string) bool
func WalkDir(FS, string, WalkDirFunc) error
type WalkDirFunc func(string, DirEntry, error) error`,
  ],
  [
    'io/ioutil',
    `package ioutil
import "io"
import "io/fs"
import "os"
var Discard io.Writer
func NopCloser(io.Reader) io.ReadCloser
func ReadAll(io.Reader) ([]byte, error)
func ReadDir(string) ([]fs.FileInfo, error)
func ReadFile(string) ([]byte, error)
func TempDir(string, string) (string, error)
func TempFile(string, string) (*os.File, error)
func WriteFile(string, []byte, fs.FileMode) error`,
  ],
  [
    'iter',
    `package iter
func Pull[V any](Seq[V]) (func() (V, bool), func())
func Pull2[K any, V any](Seq2[K,V]) (func() (K, V, bool), func())
type Seq[V any] func(func(V) bool)
type Seq2[K any, V any] func(func(K, V) bool)`,
  ],
  [
    'log',
    `package log
import "io"
func Default() *Logger
func Fatal(...any)
func Fatalf(string, ...any)
func Fatalln(...any)
func Flags() int
const LUTC = 32
const Ldate = 1
const Llongfile = 8
const Lmicroseconds = 4
const Lmsgprefix = 64
type Logger struct{_ opaque}
func (*Logger) SetOutput(io.Writer)
func (*Logger) Output(int, string) error
func (*Logger) Print(...any)
func (*Logger) Printf(string, ...any)
func (*Logger) Println(...any)
func (*Logger) Fatal(...any)
func (*Logger) Fatalf(string, ...any)
func (*Logger) Fatalln(...any)
func (*Logger) Panic(...any)
func (*Logger) Panicf(string, ...any)
func (*Logger) Panicln(...any)
func (*Logger) Flags() int
func (*Logger) SetFlags(int)
func (*Logger) Prefix() string
func (*Logger) SetPrefix(string)
func (*Logger) Writer() io.Writer
const Lshortfile = 16
const LstdFlags = 3
const Ltime = 2
func New(io.Writer, string, int) *Logger
func Output(int, string) error
func Panic(...any)
func Panicf(string, ...any)
func Panicln(...any)
func Prefix() string
func Print(...any)
func Printf(string, ...any)
func Println(...any)
func SetFlags(int)
func SetOutput(io.Writer)
func SetPrefix(string)
func Writer() io.Writer`,
  ],
  [
    'log/slog',
    `package slog
import "context"
import "io"
import "log"
import "time"
func Any(string, any) Attr
func AnyValue(any) Value
type Attr struct{Key string; Value Value}
func (Attr) Equal(Attr) bool
func (Attr) String() string
func Bool(string, bool) Attr
func BoolValue(bool) Value
func Debug(string, ...any)
func DebugContext(context.Context, string, ...any)
func Default() *Logger
var DiscardHandler Handler
func Duration(string, time.Duration) Attr
func DurationValue(time.Duration) Value
func Error(string, ...any)
func ErrorContext(context.Context, string, ...any)
func Float64(string, float64) Attr
func Float64Value(float64) Value
func Group(string, ...any) Attr
func GroupAttrs(string, ...Attr) Attr
func GroupValue(...Attr) Value
type Handler interface{Enabled(context.Context, Level) bool; Handle(context.Context, Record) error; WithAttrs([]Attr) Handler; WithGroup(string) Handler}
type HandlerOptions struct{AddSource bool; Level Leveler; ReplaceAttr func([]string, Attr) Attr}
func Info(string, ...any)
func InfoContext(context.Context, string, ...any)
func Int(string, int) Attr
func Int64(string, int64) Attr
func Int64Value(int64) Value
func IntValue(int) Value
type JSONHandler struct{*commonHandler}
func (*JSONHandler) Enabled(context.Context, Level) bool
func (*JSONHandler) WithAttrs([]Attr) Handler
func (*JSONHandler) WithGroup(string) Handler
func (*JSONHandler) Handle(context.Context, Record) error
type Kind int
func (Kind) String() string
const KindAny Kind = 0
const KindBool Kind = 1
const KindDuration Kind = 2
const KindFloat64 Kind = 3
const KindGroup Kind = 8
const KindInt64 Kind = 4
const KindLogValuer Kind = 9
const KindString Kind = 5
const KindTime Kind = 6
const KindUint64 Kind = 7
type Level int
func (Level) String() string
func (Level) MarshalJSON() ([]byte, error)
func (*Level) UnmarshalJSON([]byte) error
func (Level) AppendText([]byte) ([]byte, error)
func (Level) MarshalText() ([]byte, error)
func (*Level) UnmarshalText([]byte) error
func (Level) Level() Level
const LevelDebug Level = -4
const LevelError Level = 8
const LevelInfo Level = 0
const LevelKey = "level"
type LevelVar struct{_ opaque}
func (*LevelVar) Level() Level
func (*LevelVar) Set(Level)
func (*LevelVar) String() string
func (*LevelVar) AppendText([]byte) ([]byte, error)
func (*LevelVar) MarshalText() ([]byte, error)
func (*LevelVar) UnmarshalText([]byte) error
const LevelWarn Level = 4
type Leveler interface{Level() Level}
func Log(context.Context, Level, string, ...any)
func LogAttrs(context.Context, Level, string, ...Attr)
type LogValuer interface{LogValue() Value}
type Logger struct{_ opaque}
func (*Logger) Handler() Handler
func (*Logger) With(...any) *Logger
func (*Logger) WithGroup(string) *Logger
func (*Logger) Enabled(context.Context, Level) bool
func (*Logger) Log(context.Context, Level, string, ...any)
func (*Logger) LogAttrs(context.Context, Level, string, ...Attr)
func (*Logger) Debug(string, ...any)
func (*Logger) DebugContext(context.Context, string, ...any)
func (*Logger) Info(string, ...any)
func (*Logger) InfoContext(context.Context, string, ...any)
func (*Logger) Warn(string, ...any)
func (*Logger) WarnContext(context.Context, string, ...any)
func (*Logger) Error(string, ...any)
func (*Logger) ErrorContext(context.Context, string, ...any)
const MessageKey = "msg"
type MultiHandler struct{_ opaque}
func (*MultiHandler) Enabled(context.Context, Level) bool
func (*MultiHandler) Handle(context.Context, Record) error
func (*MultiHandler) WithAttrs([]Attr) Handler
func (*MultiHandler) WithGroup(string) Handler
func New(Handler) *Logger
func NewJSONHandler(io.Writer, *HandlerOptions) *JSONHandler
func NewLogLogger(Handler, Level) *log.Logger
func NewMultiHandler(...Handler) *MultiHandler
func NewRecord(time.Time, Level, string, uintptr) Record
func NewTextHandler(io.Writer, *HandlerOptions) *TextHandler
type Record struct{Time time.Time; Message string; Level Level; PC uintptr; _ opaque}
func (Record) Clone() Record
func (Record) NumAttrs() int
func (Record) Attrs(func(Attr) bool)
func (*Record) AddAttrs(...Attr)
func (*Record) Add(...any)
func (Record) Source() *Source
func SetDefault(*Logger)
func SetLogLoggerLevel(Level) Level
type Source struct{Function string; File string; Line int}
const SourceKey = "source"
func String(string, string) Attr
func StringValue(string) Value
type TextHandler struct{*commonHandler}
func (*TextHandler) Enabled(context.Context, Level) bool
func (*TextHandler) WithAttrs([]Attr) Handler
func (*TextHandler) WithGroup(string) Handler
func (*TextHandler) Handle(context.Context, Record) error
func Time(string, time.Time) Attr
const TimeKey = "time"
func TimeValue(time.Time) Value
func Uint64(string, uint64) Attr
func Uint64Value(uint64) Value
type Value struct{_ opaque}
func (Value) Kind() Kind
func (Value) Any() any
func (Value) String() string
func (Value) Int64() int64
func (Value) Uint64() uint64
func (Value) Bool() bool
func (Value) Duration() time.Duration
func (Value) Float64() float64
func (Value) Time() time.Time
func (Value) LogValuer() LogValuer
func (Value) Group() []Attr
func (Value) Equal(Value) bool
func (Value) Resolve() Value
func Warn(string, ...any)
func WarnContext(context.Context, string, ...any)
func With(...any) *Logger
type commonHandler struct{_ opaque}`,
  ],
  [
    'maps',
    `package maps
import "iter"
func All[Map interface{~map[K]V}, K comparable, V any](Map) iter.Seq2[K,V]
func Clone[M interface{~map[K]V}, K comparable, V any](M) M
func Collect[K comparable, V any](iter.Seq2[K,V]) map[K]V
func Copy[M1 interface{~map[K]V}, M2 interface{~map[K]V}, K comparable, V any](M1, M2)
func DeleteFunc[M interface{~map[K]V}, K comparable, V any](M, func(K, V) bool)
func Equal[M1 interface{~map[K]V}, M2 interface{~map[K]V}, K comparable, V comparable](M1, M2) bool
func EqualFunc[M1 interface{~map[K]V1}, M2 interface{~map[K]V2}, K comparable, V1 any, V2 any](M1, M2, func(V1, V2) bool) bool
func Insert[Map interface{~map[K]V}, K comparable, V any](Map, iter.Seq2[K,V])
func Keys[Map interface{~map[K]V}, K comparable, V any](Map) iter.Seq[K]
func Values[Map interface{~map[K]V}, K comparable, V any](Map) iter.Seq[V]`,
  ],
  [
    'math',
    `package math
func Abs(float64) float64
func Acos(float64) float64
func Acosh(float64) float64
func Asin(float64) float64
func Asinh(float64) float64
func Atan(float64) float64
func Atan2(float64, float64) float64
func Atanh(float64) float64
func Cbrt(float64) float64
func Ceil(float64) float64
func Copysign(float64, float64) float64
func Cos(float64) float64
func Cosh(float64) float64
func Dim(float64, float64) float64
const E = 2.718281828459045
func Erf(float64) float64
func Erfc(float64) float64
func Erfcinv(float64) float64
func Erfinv(float64) float64
func Exp(float64) float64
func Exp2(float64) float64
func Expm1(float64) float64
func FMA(float64, float64, float64) float64
func Float32bits(float32) uint32
func Float32frombits(uint32) float32
func Float64bits(float64) uint64
func Float64frombits(uint64) float64
func Floor(float64) float64
func Frexp(float64) (float64, int)
func Gamma(float64) float64
func Hypot(float64, float64) float64
func Ilogb(float64) int
func Inf(int) float64
func IsInf(float64, int) bool
func IsNaN(float64) bool
func J0(float64) float64
func J1(float64) float64
func Jn(int, float64) float64
func Ldexp(float64, int) float64
func Lgamma(float64) (float64, int)
const Ln10 = 2.302585092994046
const Ln2 = 0.6931471805599453
func Log(float64) float64
func Log10(float64) float64
const Log10E = 0.4342944819032518
func Log1p(float64) float64
func Log2(float64) float64
const Log2E = 1.4426950408889634
func Logb(float64) float64
func Max(float64, float64) float64
const MaxFloat32 = 3.4028234663852886e+38
const MaxFloat64 = 1.7976931348623157e+308
const MaxInt = 9223372036854775807
const MaxInt16 = 32767
const MaxInt32 = 2147483647
const MaxInt64 = 9223372036854775807
const MaxInt8 = 127
const MaxUint = 18446744073709551615
const MaxUint16 = 65535
const MaxUint32 = 4294967295
const MaxUint64 = 18446744073709551615
const MaxUint8 = 255
func Min(float64, float64) float64
const MinInt = -9223372036854775808
const MinInt16 = -32768
const MinInt32 = -2147483648
const MinInt64 = -9223372036854775808
const MinInt8 = -128
func Mod(float64, float64) float64
func Modf(float64) (float64, float64)
func NaN() float64
func Nextafter(float64, float64) float64
func Nextafter32(float32, float32) float32
const Phi = 1.618033988749895
const Pi = 3.141592653589793
func Pow(float64, float64) float64
func Pow10(int) float64
func Remainder(float64, float64) float64
func Round(float64) float64
func RoundToEven(float64) float64
func Signbit(float64) bool
func Sin(float64) float64
func Sincos(float64) (float64, float64)
func Sinh(float64) float64
const SmallestNonzeroFloat32 = 1.401298464324817e-45
const SmallestNonzeroFloat64 = 5e-324
func Sqrt(float64) float64
const Sqrt2 = 1.4142135623730951
const SqrtE = 1.6487212707001282
const SqrtPhi = 1.272019649514069
const SqrtPi = 1.772453850905516
func Tan(float64) float64
func Tanh(float64) float64
func Trunc(float64) float64
func Y0(float64) float64
func Y1(float64) float64
func Yn(int, float64) float64`,
  ],
  [
    'math/rand',
    `package rand
func ExpFloat64() float64
func Float32() float32
func Float64() float64
func Int() int
func Int31() int32
func Int31n(int32) int32
func Int63() int64
func Int63n(int64) int64
func Intn(int) int
func New(Source) *Rand
func NewSource(int64) Source
func NewZipf(*Rand, float64, float64, uint64) *Zipf
func NormFloat64() float64
func Perm(int) []int
type Rand struct{_ opaque}
func (*Rand) ExpFloat64() float64
func (*Rand) NormFloat64() float64
func (*Rand) Seed(int64)
func (*Rand) Int63() int64
func (*Rand) Uint32() uint32
func (*Rand) Uint64() uint64
func (*Rand) Int31() int32
func (*Rand) Int() int
func (*Rand) Int63n(int64) int64
func (*Rand) Int31n(int32) int32
func (*Rand) Intn(int) int
func (*Rand) Float64() float64
func (*Rand) Float32() float32
func (*Rand) Perm(int) []int
func (*Rand) Shuffle(int, func(int, int))
func (*Rand) Read([]byte) (int, error)
func Read([]byte) (int, error)
func Seed(int64)
func Shuffle(int, func(int, int))
type Source interface{Int63() int64; Seed(int64)}
type Source64 interface{Source; Uint64() uint64}
func Uint32() uint32
func Uint64() uint64
type Zipf struct{_ opaque}
func (*Zipf) Uint64() uint64`,
  ],
  [
    'math/rand/v2',
    `package rand
type ChaCha8 struct{_ opaque}
func (*ChaCha8) Seed([32]byte)
func (*ChaCha8) Uint64() uint64
func (*ChaCha8) Read([]byte) (int, error)
func (*ChaCha8) UnmarshalBinary([]byte) error
func (*ChaCha8) AppendBinary([]byte) ([]byte, error)
func (*ChaCha8) MarshalBinary() ([]byte, error)
func ExpFloat64() float64
func Float32() float32
func Float64() float64
func Int() int
func Int32() int32
func Int32N(int32) int32
func Int64() int64
func Int64N(int64) int64
func IntN(int) int
func N[Int intType](Int) Int
func New(Source) *Rand
func NewChaCha8([32]byte) *ChaCha8
func NewPCG(uint64, uint64) *PCG
func NewZipf(*Rand, float64, float64, uint64) *Zipf
func NormFloat64() float64
type PCG struct{_ opaque}
func (*PCG) Seed(uint64, uint64)
func (*PCG) AppendBinary([]byte) ([]byte, error)
func (*PCG) MarshalBinary() ([]byte, error)
func (*PCG) UnmarshalBinary([]byte) error
func (*PCG) Uint64() uint64
func Perm(int) []int
type Rand struct{_ opaque}
func (*Rand) ExpFloat64() float64
func (*Rand) NormFloat64() float64
func (*Rand) Int64() int64
func (*Rand) Uint32() uint32
func (*Rand) Uint64() uint64
func (*Rand) Int32() int32
func (*Rand) Int() int
func (*Rand) Uint() uint
func (*Rand) Int64N(int64) int64
func (*Rand) Uint64N(uint64) uint64
func (*Rand) Int32N(int32) int32
func (*Rand) Uint32N(uint32) uint32
func (*Rand) IntN(int) int
func (*Rand) UintN(uint) uint
func (*Rand) Float64() float64
func (*Rand) Float32() float32
func (*Rand) Perm(int) []int
func (*Rand) Shuffle(int, func(int, int))
func Shuffle(int, func(int, int))
type Source interface{Uint64() uint64}
func Uint() uint
func Uint32() uint32
func Uint32N(uint32) uint32
func Uint64() uint64
func Uint64N(uint64) uint64
func UintN(uint) uint
type Zipf struct{_ opaque}
func (*Zipf) Uint64() uint64
type intType interface{~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr}`,
  ],
  [
    'mime/multipart',
    `package multipart
import "io"
import "net/textproto"
var ErrMessageTooLarge error
type File interface{io.Reader; io.ReaderAt; io.Seeker; io.Closer}
func FileContentDisposition(string, string) string
type FileHeader struct{Filename string; Header textproto.MIMEHeader; Size int64; _ opaque}
func (*FileHeader) Open() (File, error)
type Form struct{Value map[string][]string; File map[string][]*FileHeader}
func (*Form) RemoveAll() error
func NewReader(io.Reader, string) *Reader
func NewWriter(io.Writer) *Writer
type Part struct{Header textproto.MIMEHeader; _ opaque}
func (*Part) FormName() string
func (*Part) FileName() string
func (*Part) Read([]byte) (int, error)
func (*Part) Close() error
type Reader struct{_ opaque}
func (*Reader) ReadForm(int64) (*Form, error)
func (*Reader) NextPart() (*Part, error)
func (*Reader) NextRawPart() (*Part, error)
type Writer struct{_ opaque}
func (*Writer) Boundary() string
func (*Writer) SetBoundary(string) error
func (*Writer) FormDataContentType() string
func (*Writer) CreatePart(textproto.MIMEHeader) (io.Writer, error)
func (*Writer) CreateFormFile(string, string) (io.Writer, error)
func (*Writer) CreateFormField(string) (io.Writer, error)
func (*Writer) WriteField(string, string) error
func (*Writer) Close() error`,
  ],
  [
    'net',
    `package net
import "context"
import "io"
import "net/netip"
import "os"
import "syscall"
import "time"
type Addr interface{Network() string; String() string}
type AddrError struct{Err string; Addr string}
func (*AddrError) Error() string
func (*AddrError) Timeout() bool
func (*AddrError) Temporary() bool
type Buffers [][]byte
func (*Buffers) WriteTo(io.Writer) (int64, error)
func (*Buffers) Read([]byte) (int, error)
func CIDRMask(int, int) IPMask
type Conn interface{Close() error; LocalAddr() Addr; Read([]byte) (int, error); RemoteAddr() Addr; SetDeadline(time.Time) error; SetReadDeadline(time.Time) error; SetWriteDeadline(time.Time) error; Write([]byte) (int, error)}
type DNSConfigError struct{Err error}
func (*DNSConfigError) Unwrap() error
func (*DNSConfigError) Error() string
func (*DNSConfigError) Timeout() bool
func (*DNSConfigError) Temporary() bool
type DNSError struct{UnwrapErr error; Err string; Name string; Server string; IsTimeout bool; IsTemporary bool; IsNotFound bool}
func (*DNSError) Unwrap() error
func (*DNSError) Error() string
func (*DNSError) Timeout() bool
func (*DNSError) Temporary() bool
var DefaultResolver *Resolver
func Dial(string, string) (Conn, error)
func DialIP(string, *IPAddr, *IPAddr) (*IPConn, error)
func DialTCP(string, *TCPAddr, *TCPAddr) (*TCPConn, error)
func DialTimeout(string, string, time.Duration) (Conn, error)
func DialUDP(string, *UDPAddr, *UDPAddr) (*UDPConn, error)
func DialUnix(string, *UnixAddr, *UnixAddr) (*UnixConn, error)
type Dialer struct{Timeout time.Duration; Deadline time.Time; LocalAddr Addr; DualStack bool; FallbackDelay time.Duration; KeepAlive time.Duration; KeepAliveConfig KeepAliveConfig; Resolver *Resolver; Cancel <-chan (struct{}); Control func(string, string, syscall.RawConn) error; ControlContext func(context.Context, string, string, syscall.RawConn) error; _ opaque}
func (*Dialer) MultipathTCP() bool
func (*Dialer) SetMultipathTCP(bool)
func (*Dialer) Dial(string, string) (Conn, error)
func (*Dialer) DialContext(context.Context, string, string) (Conn, error)
func (*Dialer) DialTCP(context.Context, string, netip.AddrPort, netip.AddrPort) (*TCPConn, error)
func (*Dialer) DialUDP(context.Context, string, netip.AddrPort, netip.AddrPort) (*UDPConn, error)
func (*Dialer) DialIP(context.Context, string, netip.Addr, netip.Addr) (*IPConn, error)
func (*Dialer) DialUnix(context.Context, string, *UnixAddr, *UnixAddr) (*UnixConn, error)
var ErrClosed error
var ErrWriteToConnected error
type Error interface{error; Temporary() bool; Timeout() bool}
func FileConn(*os.File) (Conn, error)
func FileListener(*os.File) (Listener, error)
func FilePacketConn(*os.File) (PacketConn, error)
const FlagBroadcast Flags = 2
const FlagLoopback Flags = 4
const FlagMulticast Flags = 16
const FlagPointToPoint Flags = 8
const FlagRunning Flags = 32
const FlagUp Flags = 1
type Flags uint
func (Flags) String() string
type HardwareAddr []byte
func (HardwareAddr) String() string
type IP []byte
func (IP) IsUnspecified() bool
func (IP) IsLoopback() bool
func (IP) IsPrivate() bool
func (IP) IsMulticast() bool
func (IP) IsInterfaceLocalMulticast() bool
func (IP) IsLinkLocalMulticast() bool
func (IP) IsLinkLocalUnicast() bool
func (IP) IsGlobalUnicast() bool
func (IP) To4() IP
func (IP) To16() IP
func (IP) DefaultMask() IPMask
func (IP) Mask(IPMask) IP
func (IP) String() string
func (IP) AppendText([]byte) ([]byte, error)
func (IP) MarshalText() ([]byte, error)
func (*IP) UnmarshalText([]byte) error
func (IP) Equal(IP) bool
type IPAddr struct{IP IP; Zone string}
func (*IPAddr) Network() string
func (*IPAddr) String() string
type IPConn struct{conn}
func (*IPConn) SyscallConn() (syscall.RawConn, error)
func (*IPConn) ReadFromIP([]byte) (int, *IPAddr, error)
func (*IPConn) ReadFrom([]byte) (int, Addr, error)
func (*IPConn) ReadMsgIP([]byte, []byte) (int, int, int, *IPAddr, error)
func (*IPConn) WriteToIP([]byte, *IPAddr) (int, error)
func (*IPConn) WriteTo([]byte, Addr) (int, error)
func (*IPConn) WriteMsgIP([]byte, []byte, *IPAddr) (int, int, error)
type IPMask []byte
func (IPMask) Size() (int, int)
func (IPMask) String() string
type IPNet struct{IP IP; Mask IPMask}
func (*IPNet) Contains(IP) bool
func (*IPNet) Network() string
func (*IPNet) String() string
func IPv4(byte, byte, byte, byte) IP
func IPv4Mask(byte, byte, byte, byte) IPMask
var IPv4allrouter IP
var IPv4allsys IP
var IPv4bcast IP
const IPv4len = 4
var IPv4zero IP
var IPv6interfacelocalallnodes IP
const IPv6len = 16
var IPv6linklocalallnodes IP
var IPv6linklocalallrouters IP
var IPv6loopback IP
var IPv6unspecified IP
var IPv6zero IP
type Interface struct{Index int; MTU int; Name string; HardwareAddr HardwareAddr; Flags Flags}
func (*Interface) Addrs() ([]Addr, error)
func (*Interface) MulticastAddrs() ([]Addr, error)
func InterfaceAddrs() ([]Addr, error)
func InterfaceByIndex(int) (*Interface, error)
func InterfaceByName(string) (*Interface, error)
func Interfaces() ([]Interface, error)
type InvalidAddrError string
func (InvalidAddrError) Error() string
func (InvalidAddrError) Timeout() bool
func (InvalidAddrError) Temporary() bool
func JoinHostPort(string, string) string
type KeepAliveConfig struct{Enable bool; Idle time.Duration; Interval time.Duration; Count int}
func Listen(string, string) (Listener, error)
type ListenConfig struct{Control func(string, string, syscall.RawConn) error; KeepAlive time.Duration; KeepAliveConfig KeepAliveConfig; _ opaque}
func (*ListenConfig) MultipathTCP() bool
func (*ListenConfig) SetMultipathTCP(bool)
func (*ListenConfig) Listen(context.Context, string, string) (Listener, error)
func (*ListenConfig) ListenPacket(context.Context, string, string) (PacketConn, error)
func ListenIP(string, *IPAddr) (*IPConn, error)
func ListenMulticastUDP(string, *Interface, *UDPAddr) (*UDPConn, error)
func ListenPacket(string, string) (PacketConn, error)
func ListenTCP(string, *TCPAddr) (*TCPListener, error)
func ListenUDP(string, *UDPAddr) (*UDPConn, error)
func ListenUnix(string, *UnixAddr) (*UnixListener, error)
func ListenUnixgram(string, *UnixAddr) (*UnixConn, error)
type Listener interface{Accept() (Conn, error); Addr() Addr; Close() error}
func LookupAddr(string) ([]string, error)
func LookupCNAME(string) (string, error)
func LookupHost(string) ([]string, error)
func LookupIP(string) ([]IP, error)
func LookupMX(string) ([]*MX, error)
func LookupNS(string) ([]*NS, error)
func LookupPort(string, string) (int, error)
func LookupSRV(string, string, string) (string, []*SRV, error)
func LookupTXT(string) ([]string, error)
type MX struct{Host string; Pref uint16}
type NS struct{Host string}
type OpError struct{Op string; Net string; Source Addr; Addr Addr; Err error}
func (*OpError) Unwrap() error
func (*OpError) Error() string
func (*OpError) Timeout() bool
func (*OpError) Temporary() bool
type PacketConn interface{Close() error; LocalAddr() Addr; ReadFrom([]byte) (int, Addr, error); SetDeadline(time.Time) error; SetReadDeadline(time.Time) error; SetWriteDeadline(time.Time) error; WriteTo([]byte, Addr) (int, error)}
func ParseCIDR(string) (IP, *IPNet, error)
type ParseError struct{Type string; Text string}
func (*ParseError) Error() string
func (*ParseError) Timeout() bool
func (*ParseError) Temporary() bool
func ParseIP(string) IP
func ParseMAC(string) (HardwareAddr, error)
func Pipe() (Conn, Conn)
func ResolveIPAddr(string, string) (*IPAddr, error)
func ResolveTCPAddr(string, string) (*TCPAddr, error)
func ResolveUDPAddr(string, string) (*UDPAddr, error)
func ResolveUnixAddr(string, string) (*UnixAddr, error)
type Resolver struct{PreferGo bool; StrictErrors bool; Dial func(context.Context, string, string) (Conn, error); _ opaque}
func (*Resolver) LookupHost(context.Context, string) ([]string, error)
func (*Resolver) LookupIPAddr(context.Context, string) ([]IPAddr, error)
func (*Resolver) LookupIP(context.Context, string, string) ([]IP, error)
func (*Resolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error)
func (*Resolver) LookupPort(context.Context, string, string) (int, error)
func (*Resolver) LookupCNAME(context.Context, string) (string, error)
func (*Resolver) LookupSRV(context.Context, string, string, string) (string, []*SRV, error)
func (*Resolver) LookupMX(context.Context, string) ([]*MX, error)
func (*Resolver) LookupNS(context.Context, string) ([]*NS, error)
func (*Resolver) LookupTXT(context.Context, string) ([]string, error)
func (*Resolver) LookupAddr(context.Context, string) ([]string, error)
type SRV struct{Target string; Port uint16; Priority uint16; Weight uint16}
func SplitHostPort(string) (string, string, error)
type TCPAddr struct{IP IP; Port int; Zone string}
func (*TCPAddr) AddrPort() netip.AddrPort
func (*TCPAddr) Network() string
func (*TCPAddr) String() string
func TCPAddrFromAddrPort(netip.AddrPort) *TCPAddr
type TCPConn struct{conn}
func (*TCPConn) SyscallConn() (syscall.RawConn, error)
func (*TCPConn) ReadFrom(io.Reader) (int64, error)
func (*TCPConn) WriteTo(io.Writer) (int64, error)
func (*TCPConn) CloseRead() error
func (*TCPConn) CloseWrite() error
func (*TCPConn) SetLinger(int) error
func (*TCPConn) SetKeepAlive(bool) error
func (*TCPConn) SetKeepAlivePeriod(time.Duration) error
func (*TCPConn) SetNoDelay(bool) error
func (*TCPConn) MultipathTCP() (bool, error)
func (*TCPConn) SetKeepAliveConfig(KeepAliveConfig) error
type TCPListener struct{_ opaque}
func (*TCPListener) SyscallConn() (syscall.RawConn, error)
func (*TCPListener) AcceptTCP() (*TCPConn, error)
func (*TCPListener) Accept() (Conn, error)
func (*TCPListener) Close() error
func (*TCPListener) Addr() Addr
func (*TCPListener) SetDeadline(time.Time) error
func (*TCPListener) File() (*os.File, error)
type UDPAddr struct{IP IP; Port int; Zone string}
func (*UDPAddr) AddrPort() netip.AddrPort
func (*UDPAddr) Network() string
func (*UDPAddr) String() string
func UDPAddrFromAddrPort(netip.AddrPort) *UDPAddr
type UDPConn struct{conn}
func (*UDPConn) SyscallConn() (syscall.RawConn, error)
func (*UDPConn) ReadFromUDP([]byte) (int, *UDPAddr, error)
func (*UDPConn) ReadFrom([]byte) (int, Addr, error)
func (*UDPConn) ReadFromUDPAddrPort([]byte) (int, netip.AddrPort, error)
func (*UDPConn) ReadMsgUDP([]byte, []byte) (int, int, int, *UDPAddr, error)
func (*UDPConn) ReadMsgUDPAddrPort([]byte, []byte) (int, int, int, netip.AddrPort, error)
func (*UDPConn) WriteToUDP([]byte, *UDPAddr) (int, error)
func (*UDPConn) WriteToUDPAddrPort([]byte, netip.AddrPort) (int, error)
func (*UDPConn) WriteTo([]byte, Addr) (int, error)
func (*UDPConn) WriteMsgUDP([]byte, []byte, *UDPAddr) (int, int, error)
func (*UDPConn) WriteMsgUDPAddrPort([]byte, []byte, netip.AddrPort) (int, int, error)
type UnixAddr struct{Name string; Net string}
func (*UnixAddr) Network() string
func (*UnixAddr) String() string
type UnixConn struct{conn}
func (*UnixConn) SyscallConn() (syscall.RawConn, error)
func (*UnixConn) CloseRead() error
func (*UnixConn) CloseWrite() error
func (*UnixConn) ReadFromUnix([]byte) (int, *UnixAddr, error)
func (*UnixConn) ReadFrom([]byte) (int, Addr, error)
func (*UnixConn) ReadMsgUnix([]byte, []byte) (int, int, int, *UnixAddr, error)
func (*UnixConn) WriteToUnix([]byte, *UnixAddr) (int, error)
func (*UnixConn) WriteTo([]byte, Addr) (int, error)
func (*UnixConn) WriteMsgUnix([]byte, []byte, *UnixAddr) (int, int, error)
type UnixListener struct{_ opaque}
func (*UnixListener) SyscallConn() (syscall.RawConn, error)
func (*UnixListener) AcceptUnix() (*UnixConn, error)
func (*UnixListener) Accept() (Conn, error)
func (*UnixListener) Close() error
func (*UnixListener) Addr() Addr
func (*UnixListener) SetDeadline(time.Time) error
func (*UnixListener) File() (*os.File, error)
func (*UnixListener) SetUnlinkOnClose(bool)
type UnknownNetworkError string
func (UnknownNetworkError) Error() string
func (UnknownNetworkError) Timeout() bool
func (UnknownNetworkError) Temporary() bool
type conn struct{_ opaque}
func (*conn) Read([]byte) (int, error)
func (*conn) Write([]byte) (int, error)
func (*conn) Close() error
func (*conn) LocalAddr() Addr
func (*conn) RemoteAddr() Addr
func (*conn) SetDeadline(time.Time) error
func (*conn) SetReadDeadline(time.Time) error
func (*conn) SetWriteDeadline(time.Time) error
func (*conn) SetReadBuffer(int) error
func (*conn) SetWriteBuffer(int) error
func (*conn) File() (*os.File, error)`,
  ],
  [
    'net/http',
    `package http
import "bufio"
import "context"
import "crypto/tls"
import "io"
import "io/fs"
import "log"
import "mime/multipart"
import "net"
import "net/url"
import "time"
func AllowQuerySemicolons(Handler) Handler
func CanonicalHeaderKey(string) string
type Client struct{Transport RoundTripper; CheckRedirect func(*Request, []*Request) error; Jar CookieJar; Timeout time.Duration}
func (*Client) Get(string) (*Response, error)
func (*Client) Do(*Request) (*Response, error)
func (*Client) Post(string, string, io.Reader) (*Response, error)
func (*Client) PostForm(string, url.Values) (*Response, error)
func (*Client) Head(string) (*Response, error)
func (*Client) CloseIdleConnections()
type ClientConn struct{_ opaque}
func (*ClientConn) Close() error
func (*ClientConn) Err() error
func (*ClientConn) RoundTrip(*Request) (*Response, error)
func (*ClientConn) Available() int
func (*ClientConn) InFlight() int
func (*ClientConn) Reserve() error
func (*ClientConn) Release()
func (*ClientConn) SetStateHook(func(*ClientConn))
type CloseNotifier interface{CloseNotify() <-chan (bool)}
type ConnState int
func (ConnState) String() string
type Cookie struct{Name string; Value string; Quoted bool; Path string; Domain string; Expires time.Time; RawExpires string; MaxAge int; Secure bool; HttpOnly bool; SameSite SameSite; Partitioned bool; Raw string; Unparsed []string}
func (*Cookie) String() string
func (*Cookie) Valid() error
type CookieJar interface{Cookies(*url.URL) []*Cookie; SetCookies(*url.URL, []*Cookie)}
type CrossOriginProtection struct{_ opaque}
func (*CrossOriginProtection) AddTrustedOrigin(string) error
func (*CrossOriginProtection) AddInsecureBypassPattern(string)
func (*CrossOriginProtection) SetDenyHandler(Handler)
func (*CrossOriginProtection) Check(*Request) error
func (*CrossOriginProtection) Handler(Handler) Handler
var DefaultClient *Client
const DefaultMaxHeaderBytes = 1048576
const DefaultMaxIdleConnsPerHost = 2
var DefaultServeMux *ServeMux
var DefaultTransport RoundTripper
func DetectContentType([]byte) string
type Dir string
func (Dir) Open(string) (File, error)
var ErrAbortHandler error
var ErrBodyNotAllowed error
var ErrBodyReadAfterClose error
var ErrContentLength error
var ErrHandlerTimeout error
var ErrHeaderTooLong *ProtocolError
var ErrHijacked error
var ErrLineTooLong error
var ErrMissingBoundary *ProtocolError
var ErrMissingContentLength *ProtocolError
var ErrMissingFile error
var ErrNoCookie error
var ErrNoLocation error
var ErrNotMultipart *ProtocolError
var ErrNotSupported *ProtocolError
var ErrSchemeMismatch error
var ErrServerClosed error
var ErrShortBody *ProtocolError
var ErrSkipAltProtocol error
var ErrUnexpectedTrailer *ProtocolError
var ErrUseLastResponse error
var ErrWriteAfterFlush error
func Error(ResponseWriter, string, int)
func FS(fs.FS) FileSystem
type File interface{io.Closer; io.Reader; io.Seeker; Readdir(int) ([]fs.FileInfo, error); Stat() (fs.FileInfo, error)}
func FileServer(FileSystem) Handler
func FileServerFS(fs.FS) Handler
type FileSystem interface{Open(string) (File, error)}
type Flusher interface{Flush()}
func Get(string) (*Response, error)
type HTTP2Config struct{MaxConcurrentStreams int; StrictMaxConcurrentRequests bool; MaxDecoderHeaderTableSize int; MaxEncoderHeaderTableSize int; MaxReadFrameSize int; MaxReceiveBufferPerConnection int; MaxReceiveBufferPerStream int; SendPingTimeout time.Duration; PingTimeout time.Duration; WriteByteTimeout time.Duration; PermitProhibitedCipherSuites bool; CountError func(string)}
func Handle(string, Handler)
func HandleFunc(string, func(ResponseWriter, *Request))
type Handler interface{ServeHTTP(ResponseWriter, *Request)}
type HandlerFunc func(ResponseWriter, *Request)
func (HandlerFunc) ServeHTTP(ResponseWriter, *Request)
func Head(string) (*Response, error)
type Header map[string][]string
func (Header) Add(string, string)
func (Header) Set(string, string)
func (Header) Get(string) string
func (Header) Values(string) []string
func (Header) Del(string)
func (Header) Write(io.Writer) error
func (Header) Clone() Header
func (Header) WriteSubset(io.Writer, map[string]bool) error
type Hijacker interface{Hijack() (net.Conn, *bufio.ReadWriter, error)}
func ListenAndServe(string, Handler) error
func ListenAndServeTLS(string, string, string, Handler) error
var LocalAddrContextKey *contextKey
type MaxBytesError struct{Limit int64}
func (*MaxBytesError) Error() string
func MaxBytesHandler(Handler, int64) Handler
func MaxBytesReader(ResponseWriter, io.ReadCloser, int64) io.ReadCloser
const MethodConnect = "CONNECT"
const MethodDelete = "DELETE"
const MethodGet = "GET"
const MethodHead = "HEAD"
const MethodOptions = "OPTIONS"
const MethodPatch = "PATCH"
const MethodPost = "POST"
const MethodPut = "PUT"
const MethodTrace = "TRACE"
func NewCrossOriginProtection() *CrossOriginProtection
func NewFileTransport(FileSystem) RoundTripper
func NewFileTransportFS(fs.FS) RoundTripper
func NewRequest(string, string, io.Reader) (*Request, error)
func NewRequestWithContext(context.Context, string, string, io.Reader) (*Request, error)
func NewResponseController(ResponseWriter) *ResponseController
func NewServeMux() *ServeMux
var NoBody noBody
func NotFound(ResponseWriter, *Request)
func NotFoundHandler() Handler
func ParseCookie(string) ([]*Cookie, error)
func ParseHTTPVersion(string) (int, int, bool)
func ParseSetCookie(string) (*Cookie, error)
func ParseTime(string) (time.Time, error)
func Post(string, string, io.Reader) (*Response, error)
func PostForm(string, url.Values) (*Response, error)
type ProtocolError struct{ErrorString string}
func (*ProtocolError) Error() string
func (*ProtocolError) Is(error) bool
type Protocols struct{_ opaque}
func (Protocols) HTTP1() bool
func (*Protocols) SetHTTP1(bool)
func (Protocols) HTTP2() bool
func (*Protocols) SetHTTP2(bool)
func (Protocols) UnencryptedHTTP2() bool
func (*Protocols) SetUnencryptedHTTP2(bool)
func (Protocols) String() string
func ProxyFromEnvironment(*Request) (*url.URL, error)
func ProxyURL(*url.URL) func(*Request) (*url.URL, error)
type PushOptions struct{Method string; Header Header}
type Pusher interface{Push(string, *PushOptions) error}
func ReadRequest(*bufio.Reader) (*Request, error)
func ReadResponse(*bufio.Reader, *Request) (*Response, error)
func Redirect(ResponseWriter, *Request, string, int)
func RedirectHandler(string, int) Handler
type Request struct{Method string; URL *url.URL; Proto string; ProtoMajor int; ProtoMinor int; Header Header; Body io.ReadCloser; GetBody func() (io.ReadCloser, error); ContentLength int64; TransferEncoding []string; Close bool; Host string; Form url.Values; PostForm url.Values; MultipartForm *multipart.Form; Trailer Header; RemoteAddr string; RequestURI string; TLS *tls.ConnectionState; Cancel <-chan (struct{}); Response *Response; Pattern string; _ opaque}
func (*Request) Context() context.Context
func (*Request) WithContext(context.Context) *Request
func (*Request) Clone(context.Context) *Request
func (*Request) ProtoAtLeast(int, int) bool
func (*Request) UserAgent() string
func (*Request) Cookies() []*Cookie
func (*Request) CookiesNamed(string) []*Cookie
func (*Request) Cookie(string) (*Cookie, error)
func (*Request) AddCookie(*Cookie)
func (*Request) Referer() string
func (*Request) MultipartReader() (*multipart.Reader, error)
func (*Request) Write(io.Writer) error
func (*Request) WriteProxy(io.Writer) error
func (*Request) BasicAuth() (string, string, bool)
func (*Request) SetBasicAuth(string, string)
func (*Request) ParseForm() error
func (*Request) ParseMultipartForm(int64) error
func (*Request) FormValue(string) string
func (*Request) PostFormValue(string) string
func (*Request) FormFile(string) (multipart.File, *multipart.FileHeader, error)
func (*Request) PathValue(string) string
func (*Request) SetPathValue(string, string)
type Response struct{Status string; StatusCode int; Proto string; ProtoMajor int; ProtoMinor int; Header Header; Body io.ReadCloser; ContentLength int64; TransferEncoding []string; Close bool; Uncompressed bool; Trailer Header; Request *Request; TLS *tls.ConnectionState}
func (*Response) Cookies() []*Cookie
func (*Response) Location() (*url.URL, error)
func (*Response) ProtoAtLeast(int, int) bool
func (*Response) Write(io.Writer) error
type ResponseController struct{_ opaque}
func (*ResponseController) Flush() error
func (*ResponseController) Hijack() (net.Conn, *bufio.ReadWriter, error)
func (*ResponseController) SetReadDeadline(time.Time) error
func (*ResponseController) SetWriteDeadline(time.Time) error
func (*ResponseController) EnableFullDuplex() error
type ResponseWriter interface{Header() Header; Write([]byte) (int, error); WriteHeader(int)}
type RoundTripper interface{RoundTrip(*Request) (*Response, error)}
type SameSite int
const SameSiteDefaultMode SameSite = 1
const SameSiteLaxMode SameSite = 2
const SameSiteNoneMode SameSite = 4
const SameSiteStrictMode SameSite = 3
func Serve(net.Listener, Handler) error
func ServeContent(ResponseWriter, *Request, string, time.Time, io.ReadSeeker)
func ServeFile(ResponseWriter, *Request, string)
func ServeFileFS(ResponseWriter, *Request, fs.FS, string)
type ServeMux struct{_ opaque}
func (*ServeMux) Handler(*Request) (Handler, string)
func (*ServeMux) ServeHTTP(ResponseWriter, *Request)
func (*ServeMux) Handle(string, Handler)
func (*ServeMux) HandleFunc(string, func(ResponseWriter, *Request))
func ServeTLS(net.Listener, Handler, string, string) error
type Server struct{Addr string; Handler Handler; DisableGeneralOptionsHandler bool; TLSConfig *tls.Config; ReadTimeout time.Duration; ReadHeaderTimeout time.Duration; WriteTimeout time.Duration; IdleTimeout time.Duration; MaxHeaderBytes int; TLSNextProto map[string]func(*Server, *tls.Conn, Handler); ConnState func(net.Conn, ConnState); ErrorLog *log.Logger; BaseContext func(net.Listener) context.Context; ConnContext func(context.Context, net.Conn) context.Context; HTTP2 *HTTP2Config; Protocols *Protocols; _ opaque}
func (*Server) Close() error
func (*Server) Shutdown(context.Context) error
func (*Server) RegisterOnShutdown(func())
func (*Server) ListenAndServe() error
func (*Server) Serve(net.Listener) error
func (*Server) ServeTLS(net.Listener, string, string) error
func (*Server) SetKeepAlivesEnabled(bool)
func (*Server) ListenAndServeTLS(string, string) error
var ServerContextKey *contextKey
func SetCookie(ResponseWriter, *Cookie)
const StateActive ConnState = 1
const StateClosed ConnState = 4
const StateHijacked ConnState = 3
const StateIdle ConnState = 2
const StateNew ConnState = 0
const StatusAccepted = 202
const StatusAlreadyReported = 208
const StatusBadGateway = 502
const StatusBadRequest = 400
const StatusConflict = 409
const StatusContinue = 100
const StatusCreated = 201
const StatusEarlyHints = 103
const StatusExpectationFailed = 417
const StatusFailedDependency = 424
const StatusForbidden = 403
const StatusFound = 302
const StatusGatewayTimeout = 504
const StatusGone = 410
const StatusHTTPVersionNotSupported = 505
const StatusIMUsed = 226
const StatusInsufficientStorage = 507
const StatusInternalServerError = 500
const StatusLengthRequired = 411
const StatusLocked = 423
const StatusLoopDetected = 508
const StatusMethodNotAllowed = 405
const StatusMisdirectedRequest = 421
const StatusMovedPermanently = 301
const StatusMultiStatus = 207
const StatusMultipleChoices = 300
const StatusNetworkAuthenticationRequired = 511
const StatusNoContent = 204
const StatusNonAuthoritativeInfo = 203
const StatusNotAcceptable = 406
const StatusNotExtended = 510
const StatusNotFound = 404
const StatusNotImplemented = 501
const StatusNotModified = 304
const StatusOK = 200
const StatusPartialContent = 206
const StatusPaymentRequired = 402
const StatusPermanentRedirect = 308
const StatusPreconditionFailed = 412
const StatusPreconditionRequired = 428
const StatusProcessing = 102
const StatusProxyAuthRequired = 407
const StatusRequestEntityTooLarge = 413
const StatusRequestHeaderFieldsTooLarge = 431
const StatusRequestTimeout = 408
const StatusRequestURITooLong = 414
const StatusRequestedRangeNotSatisfiable = 416
const StatusResetContent = 205
const StatusSeeOther = 303
const StatusServiceUnavailable = 503
const StatusSwitchingProtocols = 101
const StatusTeapot = 418
const StatusTemporaryRedirect = 307
func StatusText(int) string
const StatusTooEarly = 425
const StatusTooManyRequests = 429
const StatusUnauthorized = 401
const StatusUnavailableForLegalReasons = 451
const StatusUnprocessableEntity = 422
const StatusUnsupportedMediaType = 415
const StatusUpgradeRequired = 426
const StatusUseProxy = 305
const StatusVariantAlsoNegotiates = 506
func StripPrefix(string, Handler) Handler
const TimeFormat = "Mon, 02 Jan 2006 15:04:05 GMT"
func TimeoutHandler(Handler, time.Duration, string) Handler
const TrailerPrefix = "Trailer:"
type Transport struct{Proxy func(*Request) (*url.URL, error); OnProxyConnectResponse func(context.Context, *url.URL, *Request, *Response) error; DialContext func(context.Context, string, string) (net.Conn, error); Dial func(string, string) (net.Conn, error); DialTLSContext func(context.Context, string, string) (net.Conn, error); DialTLS func(string, string) (net.Conn, error); TLSClientConfig *tls.Config; TLSHandshakeTimeout time.Duration; DisableKeepAlives bool; DisableCompression bool; MaxIdleConns int; MaxIdleConnsPerHost int; MaxConnsPerHost int; IdleConnTimeout time.Duration; ResponseHeaderTimeout time.Duration; ExpectContinueTimeout time.Duration; TLSNextProto map[string]func(string, *tls.Conn) RoundTripper; ProxyConnectHeader Header; GetProxyConnectHeader func(context.Context, *url.URL, string) (Header, error); MaxResponseHeaderBytes int64; WriteBufferSize int; ReadBufferSize int; ForceAttemptHTTP2 bool; HTTP2 *HTTP2Config; Protocols *Protocols; _ opaque}
func (*Transport) NewClientConn(context.Context, string, string) (*ClientConn, error)
func (*Transport) RoundTrip(*Request) (*Response, error)
func (*Transport) Clone() *Transport
func (*Transport) RegisterProtocol(string, RoundTripper)
func (*Transport) CloseIdleConnections()
func (*Transport) CancelRequest(*Request)
type contextKey struct{_ opaque}
func (*contextKey) String() string
type noBody struct{}
func (noBody) Read([]byte) (int, error)
func (noBody) Close() error
func (noBody) WriteTo(io.Writer) (int64, error)`,
  ],
  [
    'net/http/httptest',
    `package httptest
import "bytes"
import "context"
import "crypto/tls"
import "crypto/x509"
import "io"
import "net"
import "net/http"
const DefaultRemoteAddr = "1.2.3.4"
func NewRecorder() *ResponseRecorder
func NewRequest(string, string, io.Reader) *http.Request
func NewRequestWithContext(context.Context, string, string, io.Reader) *http.Request
func NewServer(http.Handler) *Server
func NewTLSServer(http.Handler) *Server
func NewUnstartedServer(http.Handler) *Server
type ResponseRecorder struct{Code int; HeaderMap http.Header; Body *bytes.Buffer; Flushed bool; _ opaque}
func (*ResponseRecorder) Header() http.Header
func (*ResponseRecorder) Write([]byte) (int, error)
func (*ResponseRecorder) WriteString(string) (int, error)
func (*ResponseRecorder) WriteHeader(int)
func (*ResponseRecorder) Flush()
func (*ResponseRecorder) Result() *http.Response
type Server struct{URL string; Listener net.Listener; EnableHTTP2 bool; TLS *tls.Config; Config *http.Server; _ opaque}
func (*Server) Start()
func (*Server) StartTLS()
func (*Server) Close()
func (*Server) CloseClientConnections()
func (*Server) Certificate() *x509.Certificate
func (*Server) Client() *http.Client`,
  ],
  [
    'net/http/httputil',
    `package httputil
import "bufio"
import "io"
import "log"
import "net"
import "net/http"
import "net/url"
import "time"
type BufferPool interface{Get() []byte; Put([]byte)}
type ClientConn struct{_ opaque}
func (*ClientConn) Hijack() (net.Conn, *bufio.Reader)
func (*ClientConn) Close() error
func (*ClientConn) Write(*http.Request) error
func (*ClientConn) Pending() int
func (*ClientConn) Read(*http.Request) (*http.Response, error)
func (*ClientConn) Do(*http.Request) (*http.Response, error)
func DumpRequest(*http.Request, bool) ([]byte, error)
func DumpRequestOut(*http.Request, bool) ([]byte, error)
func DumpResponse(*http.Response, bool) ([]byte, error)
var ErrClosed *http.ProtocolError
var ErrLineTooLong error
var ErrPersistEOF *http.ProtocolError
var ErrPipeline *http.ProtocolError
func NewChunkedReader(io.Reader) io.Reader
func NewChunkedWriter(io.Writer) io.WriteCloser
func NewClientConn(net.Conn, *bufio.Reader) *ClientConn
func NewProxyClientConn(net.Conn, *bufio.Reader) *ClientConn
func NewServerConn(net.Conn, *bufio.Reader) *ServerConn
func NewSingleHostReverseProxy(*url.URL) *ReverseProxy
type ProxyRequest struct{In *http.Request; Out *http.Request}
func (*ProxyRequest) SetURL(*url.URL)
func (*ProxyRequest) SetXForwarded()
type ReverseProxy struct{Rewrite func(*ProxyRequest); Transport http.RoundTripper; FlushInterval time.Duration; ErrorLog *log.Logger; BufferPool BufferPool; ModifyResponse func(*http.Response) error; ErrorHandler func(http.ResponseWriter, *http.Request, error); Director func(*http.Request)}
func (*ReverseProxy) ServeHTTP(http.ResponseWriter, *http.Request)
type ServerConn struct{_ opaque}
func (*ServerConn) Hijack() (net.Conn, *bufio.Reader)
func (*ServerConn) Close() error
func (*ServerConn) Read() (*http.Request, error)
func (*ServerConn) Pending() int
func (*ServerConn) Write(*http.Request, *http.Response) error`,
  ],
  [
    'net/rpc',
    `package rpc
import "io"
import "net"
import "net/http"
func Accept(net.Listener)
type Call struct{ServiceMethod string; Args any; Reply any; Error error; Done chan (*Call)}
type Client struct{_ opaque}
func (*Client) Close() error
func (*Client) Go(string, any, any, chan (*Call)) *Call
func (*Client) Call(string, any, any) error
type ClientCodec interface{Close() error; ReadResponseBody(any) error; ReadResponseHeader(*Response) error; WriteRequest(*Request, any) error}
const DefaultDebugPath = "/debug/rpc"
const DefaultRPCPath = "/_goRPC_"
var DefaultServer *Server
func Dial(string, string) (*Client, error)
func DialHTTP(string, string) (*Client, error)
func DialHTTPPath(string, string, string) (*Client, error)
var ErrShutdown error
func HandleHTTP()
func NewClient(io.ReadWriteCloser) *Client
func NewClientWithCodec(ClientCodec) *Client
func NewServer() *Server
func Register(any) error
func RegisterName(string, any) error
type Request struct{ServiceMethod string; Seq uint64; _ opaque}
type Response struct{ServiceMethod string; Seq uint64; Error string; _ opaque}
func ServeCodec(ServerCodec)
func ServeConn(io.ReadWriteCloser)
func ServeRequest(ServerCodec) error
type Server struct{_ opaque}
func (*Server) Register(any) error
func (*Server) RegisterName(string, any) error
func (*Server) ServeConn(io.ReadWriteCloser)
func (*Server) ServeCodec(ServerCodec)
func (*Server) ServeRequest(ServerCodec) error
func (*Server) Accept(net.Listener)
func (*Server) ServeHTTP(http.ResponseWriter, *http.Request)
func (*Server) HandleHTTP(string, string)
type ServerCodec interface{Close() error; ReadRequestBody(any) error; ReadRequestHeader(*Request) error; WriteResponse(*Response, any) error}
type ServerError string
func (ServerError) Error() string`,
  ],
  [
    'net/smtp',
    `package smtp
import "crypto/tls"
import "io"
import "net"
import "net/textproto"
type Auth interface{Next([]byte, bool) ([]byte, error); Start(*ServerInfo) (string, []byte, error)}
func CRAMMD5Auth(string, string) Auth
type Client struct{Text *textproto.Conn; _ opaque}
func (*Client) Close() error
func (*Client) Hello(string) error
func (*Client) StartTLS(*tls.Config) error
func (*Client) TLSConnectionState() (tls.ConnectionState, bool)
func (*Client) Verify(string) error
func (*Client) Auth(Auth) error
func (*Client) Mail(string) error
func (*Client) Rcpt(string) error
func (*Client) Data() (io.WriteCloser, error)
func (*Client) Extension(string) (bool, string)
func (*Client) Reset() error
func (*Client) Noop() error
func (*Client) Quit() error
func Dial(string) (*Client, error)
func NewClient(net.Conn, string) (*Client, error)
func PlainAuth(string, string, string, string) Auth
func SendMail(string, Auth, string, []string, []byte) error
type ServerInfo struct{Name string; TLS bool; Auth []string}`,
  ],
  [
    'net/textproto',
    `package textproto
import "bufio"
import "io"
func CanonicalMIMEHeaderKey(string) string
type Conn struct{Reader; Writer; Pipeline; _ opaque}
func (*Conn) Close() error
func (*Conn) Cmd(string, ...any) (uint, error)
func Dial(string, string) (*Conn, error)
type Error struct{Code int; Msg string}
func (*Error) Error() string
type MIMEHeader map[string][]string
func (MIMEHeader) Add(string, string)
func (MIMEHeader) Set(string, string)
func (MIMEHeader) Get(string) string
func (MIMEHeader) Values(string) []string
func (MIMEHeader) Del(string)
func NewConn(io.ReadWriteCloser) *Conn
func NewReader(*bufio.Reader) *Reader
func NewWriter(*bufio.Writer) *Writer
type Pipeline struct{_ opaque}
func (*Pipeline) Next() uint
func (*Pipeline) StartRequest(uint)
func (*Pipeline) EndRequest(uint)
func (*Pipeline) StartResponse(uint)
func (*Pipeline) EndResponse(uint)
type ProtocolError string
func (ProtocolError) Error() string
type Reader struct{R *bufio.Reader; _ opaque}
func (*Reader) ReadLine() (string, error)
func (*Reader) ReadLineBytes() ([]byte, error)
func (*Reader) ReadContinuedLine() (string, error)
func (*Reader) ReadContinuedLineBytes() ([]byte, error)
func (*Reader) ReadCodeLine(int) (int, string, error)
func (*Reader) ReadResponse(int) (int, string, error)
func (*Reader) DotReader() io.Reader
func (*Reader) ReadDotBytes() ([]byte, error)
func (*Reader) ReadDotLines() ([]string, error)
func (*Reader) ReadMIMEHeader() (MIMEHeader, error)
func TrimBytes([]byte) []byte
func TrimString(string) string
type Writer struct{W *bufio.Writer; _ opaque}
func (*Writer) PrintfLine(string, ...any) error
func (*Writer) DotWriter() io.WriteCloser`,
  ],
  [
    'net/url',
    `package url
type Error struct{Op string; URL string; Err error}
func (*Error) Unwrap() error
func (*Error) Error() string
func (*Error) Timeout() bool
func (*Error) Temporary() bool
type EscapeError string
func (EscapeError) Error() string
type InvalidHostError string
func (InvalidHostError) Error() string
func JoinPath(string, ...string) (string, error)
func Parse(string) (*URL, error)
func ParseQuery(string) (Values, error)
func ParseRequestURI(string) (*URL, error)
func PathEscape(string) string
func PathUnescape(string) (string, error)
func QueryEscape(string) string
func QueryUnescape(string) (string, error)
type URL struct{Scheme string; Opaque string; User *Userinfo; Host string; Path string; Fragment string; RawQuery string; RawPath string; RawFragment string; ForceQuery bool; OmitHost bool}
func (*URL) EscapedPath() string
func (*URL) EscapedFragment() string
func (*URL) String() string
func (*URL) Redacted() string
func (*URL) IsAbs() bool
func (*URL) Parse(string) (*URL, error)
func (*URL) ResolveReference(*URL) *URL
func (*URL) Query() Values
func (*URL) RequestURI() string
func (*URL) Hostname() string
func (*URL) Port() string
func (*URL) MarshalBinary() ([]byte, error)
func (*URL) AppendBinary([]byte) ([]byte, error)
func (*URL) UnmarshalBinary([]byte) error
func (*URL) JoinPath(...string) *URL
func User(string) *Userinfo
func UserPassword(string, string) *Userinfo
type Userinfo struct{_ opaque}
func (*Userinfo) Username() string
func (*Userinfo) Password() (string, bool)
func (*Userinfo) String() string
type Values map[string][]string
func (Values) Get(string) string
func (Values) Set(string, string)
func (Values) Add(string, string)
func (Values) Del(string)
func (Values) Has(string) bool
func (Values) Encode() string`,
  ],
  [
    'os',
    `package os
import "io"
import "io/fs"
import "syscall"
import "time"
var Args []string
func Chdir(string) error
func Chmod(string, FileMode) error
func Chown(string, int, int) error
func Chtimes(string, time.Time, time.Time) error
func Clearenv()
func CopyFS(string, fs.FS) error
func Create(string) (*File, error)
func CreateTemp(string, string) (*File, error)
const DevNull = "/dev/null"
type DirEntry = fs.DirEntry
func DirFS(string) fs.FS
func Environ() []string
var ErrClosed error
var ErrDeadlineExceeded error
var ErrExist error
var ErrInvalid error
var ErrNoDeadline error
var ErrNoHandle error
var ErrNotExist error
var ErrPermission error
var ErrProcessDone error
func Executable() (string, error)
func Exit(int)
func Expand(string, func(string) string) string
func ExpandEnv(string) string
type File struct{*file}
func (*File) Readdir(int) ([]FileInfo, error)
func (*File) Readdirnames(int) ([]string, error)
func (*File) ReadDir(int) ([]DirEntry, error)
func (*File) Name() string
func (*File) Read([]byte) (int, error)
func (*File) ReadAt([]byte, int64) (int, error)
func (*File) ReadFrom(io.Reader) (int64, error)
func (*File) Write([]byte) (int, error)
func (*File) WriteAt([]byte, int64) (int, error)
func (*File) WriteTo(io.Writer) (int64, error)
func (*File) Seek(int64, int) (int64, error)
func (*File) WriteString(string) (int, error)
func (*File) Chmod(FileMode) error
func (*File) SetDeadline(time.Time) error
func (*File) SetReadDeadline(time.Time) error
func (*File) SetWriteDeadline(time.Time) error
func (*File) SyscallConn() (syscall.RawConn, error)
func (*File) Fd() uintptr
func (*File) Close() error
func (*File) Chown(int, int) error
func (*File) Truncate(int64) error
func (*File) Sync() error
func (*File) Chdir() error
func (*File) Stat() (FileInfo, error)
type FileInfo = fs.FileInfo
type FileMode = fs.FileMode
func FindProcess(int) (*Process, error)
func Getegid() int
func Getenv(string) string
func Geteuid() int
func Getgid() int
func Getgroups() ([]int, error)
func Getpagesize() int
func Getpid() int
func Getppid() int
func Getuid() int
func Getwd() (string, error)
func Hostname() (string, error)
var Interrupt Signal
func IsExist(error) bool
func IsNotExist(error) bool
func IsPathSeparator(uint8) bool
func IsPermission(error) bool
func IsTimeout(error) bool
var Kill Signal
func Lchown(string, int, int) error
func Link(string, string) error
type LinkError struct{Op string; Old string; New string; Err error}
func (*LinkError) Error() string
func (*LinkError) Unwrap() error
func LookupEnv(string) (string, bool)
func Lstat(string) (FileInfo, error)
func Mkdir(string, FileMode) error
func MkdirAll(string, FileMode) error
func MkdirTemp(string, string) (string, error)
const ModeAppend fs.FileMode = 1073741824
const ModeCharDevice fs.FileMode = 2097152
const ModeDevice fs.FileMode = 67108864
const ModeDir fs.FileMode = 2147483648
const ModeExclusive fs.FileMode = 536870912
const ModeIrregular fs.FileMode = 524288
const ModeNamedPipe fs.FileMode = 33554432
const ModePerm fs.FileMode = 511
const ModeSetgid fs.FileMode = 4194304
const ModeSetuid fs.FileMode = 8388608
const ModeSocket fs.FileMode = 16777216
const ModeSticky fs.FileMode = 1048576
const ModeSymlink fs.FileMode = 134217728
const ModeTemporary fs.FileMode = 268435456
const ModeType fs.FileMode = 2401763328
func NewFile(uintptr, string) *File
func NewSyscallError(string, error) error
const O_APPEND int = 1024
const O_CREATE int = 64
const O_EXCL int = 128
const O_RDONLY int = 0
const O_RDWR int = 2
const O_SYNC int = 1052672
const O_TRUNC int = 512
const O_WRONLY int = 1
func Open(string) (*File, error)
func OpenFile(string, int, FileMode) (*File, error)
func OpenInRoot(string, string) (*File, error)
func OpenRoot(string) (*Root, error)
type PathError = fs.PathError
const PathListSeparator = '\\U0000003a'
const PathSeparator = '\\U0000002f'
func Pipe() (*File, *File, error)
type ProcAttr struct{Dir string; Env []string; Files []*File; Sys *syscall.SysProcAttr}
type Process struct{Pid int; _ opaque}
func (*Process) Release() error
func (*Process) Kill() error
func (*Process) Wait() (*ProcessState, error)
func (*Process) Signal(Signal) error
func (*Process) WithHandle(func(uintptr)) error
type ProcessState struct{_ opaque}
func (*ProcessState) UserTime() time.Duration
func (*ProcessState) SystemTime() time.Duration
func (*ProcessState) Exited() bool
func (*ProcessState) Success() bool
func (*ProcessState) Sys() any
func (*ProcessState) SysUsage() any
func (*ProcessState) Pid() int
func (*ProcessState) String() string
func (*ProcessState) ExitCode() int
func ReadDir(string) ([]DirEntry, error)
func ReadFile(string) ([]byte, error)
func Readlink(string) (string, error)
func Remove(string) error
func RemoveAll(string) error
func Rename(string, string) error
type Root struct{_ opaque}
func (*Root) Name() string
func (*Root) Close() error
func (*Root) Open(string) (*File, error)
func (*Root) Create(string) (*File, error)
func (*Root) OpenFile(string, int, FileMode) (*File, error)
func (*Root) OpenRoot(string) (*Root, error)
func (*Root) Chmod(string, FileMode) error
func (*Root) Mkdir(string, FileMode) error
func (*Root) MkdirAll(string, FileMode) error
func (*Root) Chown(string, int, int) error
func (*Root) Lchown(string, int, int) error
func (*Root) Chtimes(string, time.Time, time.Time) error
func (*Root) Remove(string) error
func (*Root) RemoveAll(string) error
func (*Root) Stat(string) (FileInfo, error)
func (*Root) Lstat(string) (FileInfo, error)
func (*Root) Readlink(string) (string, error)
func (*Root) Rename(string, string) error
func (*Root) Link(string, string) error
func (*Root) Symlink(string, string) error
func (*Root) ReadFile(string) ([]byte, error)
func (*Root) WriteFile(string, []byte, FileMode) error
func (*Root) FS() fs.FS
const SEEK_CUR int = 1
const SEEK_END int = 2
const SEEK_SET int = 0
func SameFile(FileInfo, FileInfo) bool
func Setenv(string, string) error
type Signal interface{Signal(); String() string}
func StartProcess(string, []string, *ProcAttr) (*Process, error)
func Stat(string) (FileInfo, error)
var Stderr *File
var Stdin *File
var Stdout *File
func Symlink(string, string) error
type SyscallError struct{Syscall string; Err error}
func (*SyscallError) Error() string
func (*SyscallError) Unwrap() error
func (*SyscallError) Timeout() bool
func TempDir() string
func Truncate(string, int64) error
func Unsetenv(string) error
func UserCacheDir() (string, error)
func UserConfigDir() (string, error)
func UserHomeDir() (string, error)
func WriteFile(string, []byte, FileMode) error
type file struct{_ opaque}`,
  ],
  [
    'os/exec',
    `package exec
import "context"
import "io"
import "os"
import "syscall"
import "time"
type Cmd struct{Path string; Args []string; Env []string; Dir string; Stdin io.Reader; Stdout io.Writer; Stderr io.Writer; ExtraFiles []*os.File; SysProcAttr *syscall.SysProcAttr; Process *os.Process; ProcessState *os.ProcessState; Err error; Cancel func() error; WaitDelay time.Duration; _ opaque}
func (*Cmd) String() string
func (*Cmd) Run() error
func (*Cmd) Start() error
func (*Cmd) Wait() error
func (*Cmd) Output() ([]byte, error)
func (*Cmd) CombinedOutput() ([]byte, error)
func (*Cmd) StdinPipe() (io.WriteCloser, error)
func (*Cmd) StdoutPipe() (io.ReadCloser, error)
func (*Cmd) StderrPipe() (io.ReadCloser, error)
func (*Cmd) Environ() []string
func Command(string, ...string) *Cmd
func CommandContext(context.Context, string, ...string) *Cmd
var ErrDot error
var ErrNotFound error
var ErrWaitDelay error
type Error struct{Name string; Err error}
func (*Error) Error() string
func (*Error) Unwrap() error
type ExitError struct{*os.ProcessState; Stderr []byte}
func (*ExitError) Error() string
func LookPath(string) (string, error)`,
  ],
  [
    'os/signal',
    `package signal
import "context"
import "os"
func Ignore(...os.Signal)
func Ignored(os.Signal) bool
func Notify(chan<- (os.Signal), ...os.Signal)
func NotifyContext(context.Context, ...os.Signal) (context.Context, context.CancelFunc)
func Reset(...os.Signal)
func Stop(chan<- (os.Signal))`,
  ],
  [
    'path',
    `package path
func Base(string) string
func Clean(string) string
func Dir(string) string
var ErrBadPattern error
func Ext(string) string
func IsAbs(string) bool
func Join(...string) string
func Match(string, string) (bool, error)
func Split(string) (string, string)`,
  ],
  [
    'path/filepath',
    `package filepath
import "io/fs"
func Abs(string) (string, error)
func Base(string) string
func Clean(string) string
func Dir(string) string
var ErrBadPattern error
func EvalSymlinks(string) (string, error)
func Ext(string) string
func FromSlash(string) string
func Glob(string) ([]string, error)
func HasPrefix(string, string) bool
func IsAbs(string) bool
func IsLocal(string) bool
func Join(...string) string
const ListSeparator = '\\U0000003a'
func Localize(string) (string, error)
func Match(string, string) (bool, error)
func Rel(string, string) (string, error)
const Separator = '\\U0000002f'
var SkipAll error
var SkipDir error
func Split(string) (string, string)
func SplitList(string) []string
func ToSlash(string) string
func VolumeName(string) string
func Walk(string, WalkFunc) error
func WalkDir(string, fs.WalkDirFunc) error
type WalkFunc func(string, fs.FileInfo, error) error`,
  ],
  [
    'reflect',
    `package reflect
import "iter"
func Append(Value, ...Value) Value
func AppendSlice(Value, Value) Value
const Array Kind = 17
func ArrayOf(int, Type) Type
const Bool Kind = 1
const BothDir ChanDir = 3
const Chan Kind = 18
type ChanDir int
func (ChanDir) String() string
func ChanOf(ChanDir, Type) Type
const Complex128 Kind = 16
const Complex64 Kind = 15
func Copy(Value, Value) int
func DeepEqual(any, any) bool
const Float32 Kind = 13
const Float64 Kind = 14
const Func Kind = 19
func FuncOf([]Type, []Type, bool) Type
func Indirect(Value) Value
const Int Kind = 2
const Int16 Kind = 4
const Int32 Kind = 5
const Int64 Kind = 6
const Int8 Kind = 3
const Interface Kind = 20
const Invalid Kind = 0
type Kind uint
func (Kind) String() string
func MakeChan(Type, int) Value
func MakeFunc(Type, func([]Value) []Value) Value
func MakeMap(Type) Value
func MakeMapWithSize(Type, int) Value
func MakeSlice(Type, int, int) Value
const Map Kind = 21
type MapIter struct{_ opaque}
func (*MapIter) Key() Value
func (*MapIter) Value() Value
func (*MapIter) Next() bool
func (*MapIter) Reset(Value)
func MapOf(Type, Type) Type
type Method struct{Name string; PkgPath string; Type Type; Func Value; Index int}
func (Method) IsExported() bool
func New(Type) Value
func NewAt(Type, unsafe.Pointer) Value
const Pointer Kind = 22
func PointerTo(Type) Type
const Ptr Kind = 22
func PtrTo(Type) Type
const RecvDir ChanDir = 1
func Select([]SelectCase) (int, Value, bool)
type SelectCase struct{Dir SelectDir; Chan Value; Send Value}
const SelectDefault SelectDir = 3
type SelectDir int
const SelectRecv SelectDir = 2
const SelectSend SelectDir = 1
const SendDir ChanDir = 2
const Slice Kind = 23
func SliceAt(Type, unsafe.Pointer, int) Value
type SliceHeader struct{Data uintptr; Len int; Cap int}
func SliceOf(Type) Type
const String Kind = 24
type StringHeader struct{Data uintptr; Len int}
const Struct Kind = 25
type StructField struct{Name string; PkgPath string; Type Type; Tag StructTag; Offset uintptr; Index []int; Anonymous bool}
func (StructField) IsExported() bool
func StructOf([]StructField) Type
type StructTag string
func (StructTag) Get(string) string
func (StructTag) Lookup(string) (string, bool)
func Swapper(any) func(int, int)
type Type interface{Align() int; AssignableTo(Type) bool; Bits() int; CanSeq() bool; CanSeq2() bool; ChanDir() ChanDir; Comparable() bool; ConvertibleTo(Type) bool; Elem() Type; Field(int) StructField; FieldAlign() int; FieldByIndex([]int) StructField; FieldByName(string) (StructField, bool); FieldByNameFunc(func(string) bool) (StructField, bool); Fields() iter.Seq[StructField]; Implements(Type) bool; In(int) Type; Ins() iter.Seq[Type]; IsVariadic() bool; Key() Type; Kind() Kind; Len() int; Method(int) Method; MethodByName(string) (Method, bool); Methods() iter.Seq[Method]; Name() string; NumField() int; NumIn() int; NumMethod() int; NumOut() int; Out(int) Type; Outs() iter.Seq[Type]; OverflowComplex(complex128) bool; OverflowFloat(float64) bool; OverflowInt(int64) bool; OverflowUint(uint64) bool; PkgPath() string; Size() uintptr; String() string; common() *opaque; uncommon() *uncommonType}
func TypeAssert[T any](Value) (T, bool)
func TypeFor[T any]() Type
func TypeOf(any) Type
const Uint Kind = 7
const Uint16 Kind = 9
const Uint32 Kind = 10
const Uint64 Kind = 11
const Uint8 Kind = 8
const Uintptr Kind = 12
const UnsafePointer Kind = 26
type Value struct{flag; _ opaque}
func (Value) Seq() iter.Seq[Value]
func (Value) Seq2() iter.Seq2[Value,Value]
func (Value) MapIndex(Value) Value
func (Value) MapKeys() []Value
func (Value) SetIterKey(*MapIter)
func (Value) SetIterValue(*MapIter)
func (Value) MapRange() *MapIter
func (Value) SetMapIndex(Value, Value)
func (Value) Addr() Value
func (Value) Bool() bool
func (Value) Bytes() []byte
func (Value) CanAddr() bool
func (Value) CanSet() bool
func (Value) Call([]Value) []Value
func (Value) CallSlice([]Value) []Value
func (Value) Cap() int
func (Value) Close()
func (Value) CanComplex() bool
func (Value) Complex() complex128
func (Value) Elem() Value
func (Value) Field(int) Value
func (Value) FieldByIndex([]int) Value
func (Value) FieldByIndexErr([]int) (Value, error)
func (Value) FieldByName(string) Value
func (Value) FieldByNameFunc(func(string) bool) Value
func (Value) CanFloat() bool
func (Value) Float() float64
func (Value) Index(int) Value
func (Value) CanInt() bool
func (Value) Int() int64
func (Value) CanInterface() bool
func (Value) Interface() any
func (Value) InterfaceData() [2]uintptr
func (Value) IsNil() bool
func (Value) IsValid() bool
func (Value) IsZero() bool
func (Value) SetZero()
func (Value) Kind() Kind
func (Value) Len() int
func (Value) Method(int) Value
func (Value) NumMethod() int
func (Value) MethodByName(string) Value
func (Value) NumField() int
func (Value) OverflowComplex(complex128) bool
func (Value) OverflowFloat(float64) bool
func (Value) OverflowInt(int64) bool
func (Value) OverflowUint(uint64) bool
func (Value) Pointer() uintptr
func (Value) Recv() (Value, bool)
func (Value) Send(Value)
func (Value) Set(Value)
func (Value) SetBool(bool)
func (Value) SetBytes([]byte)
func (Value) SetComplex(complex128)
func (Value) SetFloat(float64)
func (Value) SetInt(int64)
func (Value) SetLen(int)
func (Value) SetCap(int)
func (Value) SetUint(uint64)
func (Value) SetPointer(unsafe.Pointer)
func (Value) SetString(string)
func (Value) Slice(int, int) Value
func (Value) Slice3(int, int, int) Value
func (Value) String() string
func (Value) TryRecv() (Value, bool)
func (Value) TrySend(Value) bool
func (Value) Type() Type
func (Value) CanUint() bool
func (Value) Uint() uint64
func (Value) UnsafeAddr() uintptr
func (Value) UnsafePointer() unsafe.Pointer
func (Value) Fields() iter.Seq2[StructField,Value]
func (Value) Methods() iter.Seq2[Method,Value]
func (Value) Grow(int)
func (Value) Clear()
func (Value) Convert(Type) Value
func (Value) CanConvert(Type) bool
func (Value) Comparable() bool
func (Value) Equal(Value) bool
type ValueError struct{Method string; Kind Kind}
func (*ValueError) Error() string
func ValueOf(any) Value
func VisibleFields(Type) []StructField
func Zero(Type) Value
type uncommonType = opaque
type flag uintptr`,
  ],
  [
    'regexp',
    `package regexp
import "io"
func Compile(string) (*Regexp, error)
func CompilePOSIX(string) (*Regexp, error)
func Match(string, []byte) (bool, error)
func MatchReader(string, io.RuneReader) (bool, error)
func MatchString(string, string) (bool, error)
func MustCompile(string) *Regexp
func MustCompilePOSIX(string) *Regexp
func QuoteMeta(string) string
type Regexp struct{_ opaque}
func (*Regexp) String() string
func (*Regexp) Copy() *Regexp
func (*Regexp) Longest()
func (*Regexp) NumSubexp() int
func (*Regexp) SubexpNames() []string
func (*Regexp) SubexpIndex(string) int
func (*Regexp) LiteralPrefix() (string, bool)
func (*Regexp) MatchReader(io.RuneReader) bool
func (*Regexp) MatchString(string) bool
func (*Regexp) Match([]byte) bool
func (*Regexp) ReplaceAllString(string, string) string
func (*Regexp) ReplaceAllLiteralString(string, string) string
func (*Regexp) ReplaceAllStringFunc(string, func(string) string) string
func (*Regexp) ReplaceAll([]byte, []byte) []byte
func (*Regexp) ReplaceAllLiteral([]byte, []byte) []byte
func (*Regexp) ReplaceAllFunc([]byte, func([]byte) []byte) []byte
func (*Regexp) Find([]byte) []byte
func (*Regexp) FindIndex([]byte) []int
func (*Regexp) FindString(string) string
func (*Regexp) FindStringIndex(string) []int
func (*Regexp) FindReaderIndex(io.RuneReader) []int
func (*Regexp) FindSubmatch([]byte) [][]byte
func (*Regexp) Expand([]byte, []byte, []byte, []int) []byte
func (*Regexp) ExpandString([]byte, string, string, []int) []byte
func (*Regexp) FindSubmatchIndex([]byte) []int
func (*Regexp) FindStringSubmatch(string) []string
func (*Regexp) FindStringSubmatchIndex(string) []int
func (*Regexp) FindReaderSubmatchIndex(io.RuneReader) []int
func (*Regexp) FindAll([]byte, int) [][]byte
func (*Regexp) FindAllIndex([]byte, int) [][]int
func (*Regexp) FindAllString(string, int) []string
func (*Regexp) FindAllStringIndex(string, int) [][]int
func (*Regexp) FindAllSubmatch([]byte, int) [][][]byte
func (*Regexp) FindAllSubmatchIndex([]byte, int) [][]int
func (*Regexp) FindAllStringSubmatch(string, int) [][]string
func (*Regexp) FindAllStringSubmatchIndex(string, int) [][]int
func (*Regexp) Split(string, int) []string
func (*Regexp) AppendText([]byte) ([]byte, error)
func (*Regexp) MarshalText() ([]byte, error)
func (*Regexp) UnmarshalText([]byte) error`,
  ],
  [
    'runtime',
    `package runtime
func AddCleanup[T any, S any](*T, func(S), S) Cleanup
func BlockProfile([]BlockProfileRecord) (int, bool)
type BlockProfileRecord struct{Count int64; Cycles int64; StackRecord}
func Breakpoint()
func CPUProfile() []byte
func Caller(int) (uintptr, string, int, bool)
func Callers(int, []uintptr) int
func CallersFrames([]uintptr) *Frames
type Cleanup struct{_ opaque}
func (Cleanup) Stop()
const Compiler = "gc"
type Error interface{error; RuntimeError()}
type Frame struct{PC uintptr; Func *Func; Function string; File string; Line int; Entry uintptr; _ opaque}
type Frames struct{_ opaque}
func (*Frames) Next() (Frame, bool)
type Func struct{_ opaque}
func (*Func) Name() string
func (*Func) Entry() uintptr
func (*Func) FileLine(uintptr) (string, int)
func FuncForPC(uintptr) *Func
func GC()
const GOARCH string = "amd64"
func GOMAXPROCS(int) int
const GOOS string = "linux"
func GOROOT() string
func Goexit()
func GoroutineProfile([]StackRecord) (int, bool)
func Gosched()
func KeepAlive(any)
func LockOSThread()
func MemProfile([]MemProfileRecord, bool) (int, bool)
var MemProfileRate int
type MemProfileRecord struct{AllocBytes int64; FreeBytes int64; AllocObjects int64; FreeObjects int64; Stack0 [32]uintptr}
func (*MemProfileRecord) InUseBytes() int64
func (*MemProfileRecord) InUseObjects() int64
func (*MemProfileRecord) Stack() []uintptr
type MemStats struct{Alloc uint64; TotalAlloc uint64; Sys uint64; Lookups uint64; Mallocs uint64; Frees uint64; HeapAlloc uint64; HeapSys uint64; HeapIdle uint64; HeapInuse uint64; HeapReleased uint64; HeapObjects uint64; StackInuse uint64; StackSys uint64; MSpanInuse uint64; MSpanSys uint64; MCacheInuse uint64; MCacheSys uint64; BuckHashSys uint64; GCSys uint64; OtherSys uint64; NextGC uint64; LastGC uint64; PauseTotalNs uint64; PauseNs [256]uint64; PauseEnd [256]uint64; NumGC uint32; NumForcedGC uint32; GCCPUFraction float64; EnableGC bool; DebugGC bool; BySize [61]struct{Size uint32; Mallocs uint64; Frees uint64}}
func MutexProfile([]BlockProfileRecord) (int, bool)
func NumCPU() int
func NumCgoCall() int64
func NumGoroutine() int
type PanicNilError struct{_ opaque}
func (*PanicNilError) Error() string
func (*PanicNilError) RuntimeError()
type Pinner struct{*pinner}
func (*Pinner) Pin(any)
func (*Pinner) Unpin()
func ReadMemStats(*MemStats)
func ReadTrace() []byte
func SetBlockProfileRate(int)
func SetCPUProfileRate(int)
func SetCgoTraceback(int, unsafe.Pointer, unsafe.Pointer, unsafe.Pointer)
func SetDefaultGOMAXPROCS()
func SetFinalizer(any, any)
func SetMutexProfileFraction(int) int
func Stack([]byte, bool) int
type StackRecord struct{Stack0 [32]uintptr}
func (*StackRecord) Stack() []uintptr
func StartTrace() error
func StopTrace()
func ThreadCreateProfile([]StackRecord) (int, bool)
type TypeAssertionError struct{_ opaque}
func (*TypeAssertionError) RuntimeError()
func (*TypeAssertionError) Error() string
func UnlockOSThread()
func Version() string
type pinner struct{_ opaque}`,
  ],
  [
    'runtime/debug',
    `package debug
import "os"
import "time"
type BuildInfo struct{GoVersion string; Path string; Main Module; Deps []*Module; Settings []BuildSetting}
func (*BuildInfo) String() string
type BuildSetting struct{Key string; Value string}
type CrashOptions struct{}
func FreeOSMemory()
type GCStats struct{LastGC time.Time; NumGC int64; PauseTotal time.Duration; Pause []time.Duration; PauseEnd []time.Time; PauseQuantiles []time.Duration}
type Module struct{Path string; Version string; Sum string; Replace *Module}
func ParseBuildInfo(string) (*BuildInfo, error)
func PrintStack()
func ReadBuildInfo() (*BuildInfo, bool)
func ReadGCStats(*GCStats)
func SetCrashOutput(*os.File, CrashOptions) error
func SetGCPercent(int) int
func SetMaxStack(int) int
func SetMaxThreads(int) int
func SetMemoryLimit(int64) int64
func SetPanicOnFault(bool) bool
func SetTraceback(string)
func Stack() []byte
func WriteHeapDump(uintptr)`,
  ],
  [
    'runtime/pprof',
    `package pprof
import "context"
import "io"
func Do(context.Context, LabelSet, func(context.Context))
func ForLabels(context.Context, func(string, string) bool)
func Label(context.Context, string) (string, bool)
type LabelSet struct{_ opaque}
func Labels(...string) LabelSet
func Lookup(string) *Profile
func NewProfile(string) *Profile
type Profile struct{_ opaque}
func (*Profile) Name() string
func (*Profile) Count() int
func (*Profile) Add(any, int)
func (*Profile) Remove(any)
func (*Profile) WriteTo(io.Writer, int) error
func Profiles() []*Profile
func SetGoroutineLabels(context.Context)
func StartCPUProfile(io.Writer) error
func StopCPUProfile()
func WithLabels(context.Context, LabelSet) context.Context
func WriteHeapProfile(io.Writer) error`,
  ],
  [
    'runtime/trace',
    `package trace
import "context"
import "io"
import "time"
type FlightRecorder struct{_ opaque}
func (*FlightRecorder) Start() error
func (*FlightRecorder) Stop()
func (*FlightRecorder) Enabled() bool
func (*FlightRecorder) WriteTo(io.Writer) (int64, error)
type FlightRecorderConfig struct{MinAge time.Duration; MaxBytes uint64}
func IsEnabled() bool
func Log(context.Context, string, string)
func Logf(context.Context, string, string, ...any)
func NewFlightRecorder(FlightRecorderConfig) *FlightRecorder
func NewTask(context.Context, string) (context.Context, *Task)
type Region struct{_ opaque}
func (*Region) End()
func Start(io.Writer) error
func StartRegion(context.Context, string) *Region
func Stop()
type Task struct{_ opaque}
func (*Task) End()
func WithRegion(context.Context, string, func())`,
  ],
  [
    'slices',
    `package slices
import "cmp"
import "iter"
func All[Slice interface{~[]E}, E any](Slice) iter.Seq2[int,E]
func AppendSeq[Slice interface{~[]E}, E any](Slice, iter.Seq[E]) Slice
func Backward[Slice interface{~[]E}, E any](Slice) iter.Seq2[int,E]
func BinarySearch[S interface{~[]E}, E cmp.Ordered](S, E) (int, bool)
func BinarySearchFunc[S interface{~[]E}, E any, T any](S, T, func(E, T) int) (int, bool)
func Chunk[Slice interface{~[]E}, E any](Slice, int) iter.Seq[Slice]
func Clip[S interface{~[]E}, E any](S) S
func Clone[S interface{~[]E}, E any](S) S
func Collect[E any](iter.Seq[E]) []E
func Compact[S interface{~[]E}, E comparable](S) S
func CompactFunc[S interface{~[]E}, E any](S, func(E, E) bool) S
func Compare[S interface{~[]E}, E cmp.Ordered](S, S) int
func CompareFunc[S1 interface{~[]E1}, S2 interface{~[]E2}, E1 any, E2 any](S1, S2, func(E1, E2) int) int
func Concat[S interface{~[]E}, E any](...S) S
func Contains[S interface{~[]E}, E comparable](S, E) bool
func ContainsFunc[S interface{~[]E}, E any](S, func(E) bool) bool
func Delete[S interface{~[]E}, E any](S, int, int) S
func DeleteFunc[S interface{~[]E}, E any](S, func(E) bool) S
func Equal[S interface{~[]E}, E comparable](S, S) bool
func EqualFunc[S1 interface{~[]E1}, S2 interface{~[]E2}, E1 any, E2 any](S1, S2, func(E1, E2) bool) bool
func Grow[S interface{~[]E}, E any](S, int) S
func Index[S interface{~[]E}, E comparable](S, E) int
func IndexFunc[S interface{~[]E}, E any](S, func(E) bool) int
func Insert[S interface{~[]E}, E any](S, int, ...E) S
func IsSorted[S interface{~[]E}, E cmp.Ordered](S) bool
func IsSortedFunc[S interface{~[]E}, E any](S, func(E, E) int) bool
func Max[S interface{~[]E}, E cmp.Ordered](S) E
func MaxFunc[S interface{~[]E}, E any](S, func(E, E) int) E
func Min[S interface{~[]E}, E cmp.Ordered](S) E
func MinFunc[S interface{~[]E}, E any](S, func(E, E) int) E
func Repeat[S interface{~[]E}, E any](S, int) S
func Replace[S interface{~[]E}, E any](S, int, int, ...E) S
func Reverse[S interface{~[]E}, E any](S)
func Sort[S interface{~[]E}, E cmp.Ordered](S)
func SortFunc[S interface{~[]E}, E any](S, func(E, E) int)
func SortStableFunc[S interface{~[]E}, E any](S, func(E, E) int)
func Sorted[E cmp.Ordered](iter.Seq[E]) []E
func SortedFunc[E any](iter.Seq[E], func(E, E) int) []E
func SortedStableFunc[E any](iter.Seq[E], func(E, E) int) []E
func Values[Slice interface{~[]E}, E any](Slice) iter.Seq[E]`,
  ],
  [
    'sort',
    `package sort
func Find(int, func(int) int) (int, bool)
type Float64Slice []float64
func (Float64Slice) Search(float64) int
func (Float64Slice) Len() int
func (Float64Slice) Less(int, int) bool
func (Float64Slice) Swap(int, int)
func (Float64Slice) Sort()
func Float64s([]float64)
func Float64sAreSorted([]float64) bool
type IntSlice []int
func (IntSlice) Search(int) int
func (IntSlice) Len() int
func (IntSlice) Less(int, int) bool
func (IntSlice) Swap(int, int)
func (IntSlice) Sort()
type Interface interface{Len() int; Less(int, int) bool; Swap(int, int)}
func Ints([]int)
func IntsAreSorted([]int) bool
func IsSorted(Interface) bool
func Reverse(Interface) Interface
func Search(int, func(int) bool) int
func SearchFloat64s([]float64, float64) int
func SearchInts([]int, int) int
func SearchStrings([]string, string) int
func Slice(any, func(int, int) bool)
func SliceIsSorted(any, func(int, int) bool) bool
func SliceStable(any, func(int, int) bool)
func Sort(Interface)
func Stable(Interface)
type StringSlice []string
func (StringSlice) Search(string) int
func (StringSlice) Len() int
func (StringSlice) Less(int, int) bool
func (StringSlice) Swap(int, int)
func (StringSlice) Sort()
func Strings([]string)
func StringsAreSorted([]string) bool`,
  ],
  [
    'strconv',
    `package strconv
func AppendBool([]byte, bool) []byte
func AppendFloat([]byte, float64, byte, int, int) []byte
func AppendInt([]byte, int64, int) []byte
func AppendQuote([]byte, string) []byte
func AppendQuoteRune([]byte, rune) []byte
func AppendQuoteRuneToASCII([]byte, rune) []byte
func AppendQuoteRuneToGraphic([]byte, rune) []byte
func AppendQuoteToASCII([]byte, string) []byte
func AppendQuoteToGraphic([]byte, string) []byte
func AppendUint([]byte, uint64, int) []byte
func Atoi(string) (int, error)
func CanBackquote(string) bool
var ErrRange error
var ErrSyntax error
func FormatBool(bool) string
func FormatComplex(complex128, byte, int, int) string
func FormatFloat(float64, byte, int, int) string
func FormatInt(int64, int) string
func FormatUint(uint64, int) string
const IntSize = 64
func IsGraphic(rune) bool
func IsPrint(rune) bool
func Itoa(int) string
type NumError struct{Func string; Num string; Err error}
func (*NumError) Error() string
func (*NumError) Unwrap() error
func ParseBool(string) (bool, error)
func ParseComplex(string, int) (complex128, error)
func ParseFloat(string, int) (float64, error)
func ParseInt(string, int, int) (int64, error)
func ParseUint(string, int, int) (uint64, error)
func Quote(string) string
func QuoteRune(rune) string
func QuoteRuneToASCII(rune) string
func QuoteRuneToGraphic(rune) string
func QuoteToASCII(string) string
func QuoteToGraphic(string) string
func QuotedPrefix(string) (string, error)
func Unquote(string) (string, error)
func UnquoteChar(string, byte) (rune, bool, string, error)`,
  ],
  [
    'strings',
    `package strings
import "io"
import "iter"
import "unicode"
type Builder struct{_ opaque}
func (*Builder) String() string
func (*Builder) Len() int
func (*Builder) Cap() int
func (*Builder) Reset()
func (*Builder) Grow(int)
func (*Builder) Write([]byte) (int, error)
func (*Builder) WriteByte(byte) error
func (*Builder) WriteRune(rune) (int, error)
func (*Builder) WriteString(string) (int, error)
func Clone(string) string
func Compare(string, string) int
func Contains(string, string) bool
func ContainsAny(string, string) bool
func ContainsFunc(string, func(rune) bool) bool
func ContainsRune(string, rune) bool
func Count(string, string) int
func Cut(string, string) (string, string, bool)
func CutPrefix(string, string) (string, bool)
func CutSuffix(string, string) (string, bool)
func EqualFold(string, string) bool
func Fields(string) []string
func FieldsFunc(string, func(rune) bool) []string
func FieldsFuncSeq(string, func(rune) bool) iter.Seq[string]
func FieldsSeq(string) iter.Seq[string]
func HasPrefix(string, string) bool
func HasSuffix(string, string) bool
func Index(string, string) int
func IndexAny(string, string) int
func IndexByte(string, byte) int
func IndexFunc(string, func(rune) bool) int
func IndexRune(string, rune) int
func Join([]string, string) string
func LastIndex(string, string) int
func LastIndexAny(string, string) int
func LastIndexByte(string, byte) int
func LastIndexFunc(string, func(rune) bool) int
func Lines(string) iter.Seq[string]
func Map(func(rune) rune, string) string
func NewReader(string) *Reader
func NewReplacer(...string) *Replacer
type Reader struct{_ opaque}
func (*Reader) Len() int
func (*Reader) Size() int64
func (*Reader) Read([]byte) (int, error)
func (*Reader) ReadAt([]byte, int64) (int, error)
func (*Reader) ReadByte() (byte, error)
func (*Reader) UnreadByte() error
func (*Reader) ReadRune() (rune, int, error)
func (*Reader) UnreadRune() error
func (*Reader) Seek(int64, int) (int64, error)
func (*Reader) WriteTo(io.Writer) (int64, error)
func (*Reader) Reset(string)
func Repeat(string, int) string
func Replace(string, string, string, int) string
func ReplaceAll(string, string, string) string
type Replacer struct{_ opaque}
func (*Replacer) Replace(string) string
func (*Replacer) WriteString(io.Writer, string) (int, error)
func Split(string, string) []string
func SplitAfter(string, string) []string
func SplitAfterN(string, string, int) []string
func SplitAfterSeq(string, string) iter.Seq[string]
func SplitN(string, string, int) []string
func SplitSeq(string, string) iter.Seq[string]
func Title(string) string
func ToLower(string) string
func ToLowerSpecial(unicode.SpecialCase, string) string
func ToTitle(string) string
func ToTitleSpecial(unicode.SpecialCase, string) string
func ToUpper(string) string
func ToUpperSpecial(unicode.SpecialCase, string) string
func ToValidUTF8(string, string) string
func Trim(string, string) string
func TrimFunc(string, func(rune) bool) string
func TrimLeft(string, string) string
func TrimLeftFunc(string, func(rune) bool) string
func TrimPrefix(string, string) string
func TrimRight(string, string) string
func TrimRightFunc(string, func(rune) bool) string
func TrimSpace(string) string
func TrimSuffix(string, string) string`,
  ],
  [
    'sync',
    `package sync
type Cond struct{L Locker; _ opaque}
func (*Cond) Wait()
func (*Cond) Signal()
func (*Cond) Broadcast()
type Locker interface{Lock(); Unlock()}
type Map struct{_ opaque}
func (*Map) Load(any) (any, bool)
func (*Map) Store(any, any)
func (*Map) Clear()
func (*Map) LoadOrStore(any, any) (any, bool)
func (*Map) LoadAndDelete(any) (any, bool)
func (*Map) Delete(any)
func (*Map) Swap(any, any) (any, bool)
func (*Map) CompareAndSwap(any, any, any) bool
func (*Map) CompareAndDelete(any, any) bool
func (*Map) Range(func(any, any) bool)
type Mutex struct{_ opaque}
func (*Mutex) Lock()
func (*Mutex) TryLock() bool
func (*Mutex) Unlock()
func NewCond(Locker) *Cond
type Once struct{_ opaque}
func (*Once) Do(func())
func OnceFunc(func()) func()
func OnceValue[T any](func() T) func() T
func OnceValues[T1 any, T2 any](func() (T1, T2)) func() (T1, T2)
type Pool struct{New func() any; _ opaque}
func (*Pool) Put(any)
func (*Pool) Get() any
type RWMutex struct{_ opaque}
func (*RWMutex) RLock()
func (*RWMutex) TryRLock() bool
func (*RWMutex) RUnlock()
func (*RWMutex) Lock()
func (*RWMutex) TryLock() bool
func (*RWMutex) Unlock()
func (*RWMutex) RLocker() Locker
type WaitGroup struct{_ opaque}
func (*WaitGroup) Add(int)
func (*WaitGroup) Done()
func (*WaitGroup) Wait()
func (*WaitGroup) Go(func())`,
  ],
  [
    'sync/atomic',
    `package atomic
func AddInt32(*int32, int32) int32
func AddInt64(*int64, int64) int64
func AddUint32(*uint32, uint32) uint32
func AddUint64(*uint64, uint64) uint64
func AddUintptr(*uintptr, uintptr) uintptr
func AndInt32(*int32, int32) int32
func AndInt64(*int64, int64) int64
func AndUint32(*uint32, uint32) uint32
func AndUint64(*uint64, uint64) uint64
func AndUintptr(*uintptr, uintptr) uintptr
type Bool struct{_ opaque}
func (*Bool) Load() bool
func (*Bool) Store(bool)
func (*Bool) Swap(bool) bool
func (*Bool) CompareAndSwap(bool, bool) bool
func CompareAndSwapInt32(*int32, int32, int32) bool
func CompareAndSwapInt64(*int64, int64, int64) bool
func CompareAndSwapPointer(*unsafe.Pointer, unsafe.Pointer, unsafe.Pointer) bool
func CompareAndSwapUint32(*uint32, uint32, uint32) bool
func CompareAndSwapUint64(*uint64, uint64, uint64) bool
func CompareAndSwapUintptr(*uintptr, uintptr, uintptr) bool
type Int32 struct{_ opaque}
func (*Int32) Load() int32
func (*Int32) Store(int32)
func (*Int32) Swap(int32) int32
func (*Int32) CompareAndSwap(int32, int32) bool
func (*Int32) Add(int32) int32
func (*Int32) And(int32) int32
func (*Int32) Or(int32) int32
type Int64 struct{_ opaque}
func (*Int64) Load() int64
func (*Int64) Store(int64)
func (*Int64) Swap(int64) int64
func (*Int64) CompareAndSwap(int64, int64) bool
func (*Int64) Add(int64) int64
func (*Int64) And(int64) int64
func (*Int64) Or(int64) int64
func LoadInt32(*int32) int32
func LoadInt64(*int64) int64
func LoadPointer(*unsafe.Pointer) unsafe.Pointer
func LoadUint32(*uint32) uint32
func LoadUint64(*uint64) uint64
func LoadUintptr(*uintptr) uintptr
func OrInt32(*int32, int32) int32
func OrInt64(*int64, int64) int64
func OrUint32(*uint32, uint32) uint32
func OrUint64(*uint64, uint64) uint64
func OrUintptr(*uintptr, uintptr) uintptr
type Pointer[T any] struct{_ opaque}
func (*Pointer[T]) Load() *T
func (*Pointer[T]) Store(*T)
func (*Pointer[T]) Swap(*T) *T
func (*Pointer[T]) CompareAndSwap(*T, *T) bool
func StoreInt32(*int32, int32)
func StoreInt64(*int64, int64)
func StorePointer(*unsafe.Pointer, unsafe.Pointer)
func StoreUint32(*uint32, uint32)
func StoreUint64(*uint64, uint64)
func StoreUintptr(*uintptr, uintptr)
func SwapInt32(*int32, int32) int32
func SwapInt64(*int64, int64) int64
func SwapPointer(*unsafe.Pointer, unsafe.Pointer) unsafe.Pointer
func SwapUint32(*uint32, uint32) uint32
func SwapUint64(*uint64, uint64) uint64
func SwapUintptr(*uintptr, uintptr) uintptr
type Uint32 struct{_ opaque}
func (*Uint32) Load() uint32
func (*Uint32) Store(uint32)
func (*Uint32) Swap(uint32) uint32
func (*Uint32) CompareAndSwap(uint32, uint32) bool
func (*Uint32) Add(uint32) uint32
func (*Uint32) And(uint32) uint32
func (*Uint32) Or(uint32) uint32
type Uint64 struct{_ opaque}
func (*Uint64) Load() uint64
func (*Uint64) Store(uint64)
func (*Uint64) Swap(uint64) uint64
func (*Uint64) CompareAndSwap(uint64, uint64) bool
func (*Uint64) Add(uint64) uint64
func (*Uint64) And(uint64) uint64
func (*Uint64) Or(uint64) uint64
type Uintptr struct{_ opaque}
func (*Uintptr) Load() uintptr
func (*Uintptr) Store(uintptr)
func (*Uintptr) Swap(uintptr) uintptr
func (*Uintptr) CompareAndSwap(uintptr, uintptr) bool
func (*Uintptr) Add(uintptr) uintptr
func (*Uintptr) And(uintptr) uintptr
func (*Uintptr) Or(uintptr) uintptr
type Value struct{_ opaque}
func (*Value) Load() any
func (*Value) Store(any)
func (*Value) Swap(any) any
func (*Value) CompareAndSwap(any, any) bool`,
  ],
  [
    'testing',
    `package testing
import "context"
import "io"
import "reflect"
import "time"
func AllocsPerRun(int, func()) float64
type B struct{common; N int; _ opaque}
func (*B) StartTimer()
func (*B) StopTimer()
func (*B) ResetTimer()
func (*B) SetBytes(int64)
func (*B) ReportAllocs()
func (*B) Elapsed() time.Duration
func (*B) ReportMetric(float64, string)
func (*B) Loop() bool
func (*B) Run(string, func(*B)) bool
func (*B) RunParallel(func(*PB))
func (*B) SetParallelism(int)
func Benchmark(func(*B)) BenchmarkResult
type BenchmarkResult struct{N int; T time.Duration; Bytes int64; MemAllocs uint64; MemBytes uint64; Extra map[string]float64}
func (BenchmarkResult) NsPerOp() int64
func (BenchmarkResult) AllocsPerOp() int64
func (BenchmarkResult) AllocedBytesPerOp() int64
func (BenchmarkResult) String() string
func (BenchmarkResult) MemString() string
type Cover struct{Mode string; Counters map[string][]uint32; Blocks map[string][]CoverBlock; CoveredPackages string}
type CoverBlock struct{Line0 uint32; Col0 uint16; Line1 uint32; Col1 uint16; Stmts uint16}
func CoverMode() string
func Coverage() float64
type F struct{common; _ opaque}
func (*F) Helper()
func (*F) Fail()
func (*F) Skipped() bool
func (*F) Add(...any)
func (*F) Fuzz(any)
func Init()
type InternalBenchmark struct{Name string; F func(*B)}
type InternalExample struct{Name string; F func(); Output string; Unordered bool}
type InternalFuzzTarget struct{Name string; Fn func(*F)}
type InternalTest struct{Name string; F func(*T)}
type M struct{_ opaque}
func (*M) Run() int
func Main(func(string, string) (bool, error), []InternalTest, []InternalBenchmark, []InternalExample)
func MainStart(testDeps, []InternalTest, []InternalBenchmark, []InternalFuzzTarget, []InternalExample) *M
type PB struct{_ opaque}
func (*PB) Next() bool
func RegisterCover(Cover)
func RunBenchmarks(func(string, string) (bool, error), []InternalBenchmark)
func RunExamples(func(string, string) (bool, error), []InternalExample) bool
func RunTests(func(string, string) (bool, error), []InternalTest) bool
func Short() bool
type T struct{common; _ opaque}
func (*T) Parallel()
func (*T) Setenv(string, string)
func (*T) Chdir(string)
func (*T) Run(string, func(*T)) bool
func (*T) Deadline() (time.Time, bool)
type TB interface{ArtifactDir() string; Attr(string, string); Chdir(string); Cleanup(func()); Context() context.Context; Error(...any); Errorf(string, ...any); Fail(); FailNow(); Failed() bool; Fatal(...any); Fatalf(string, ...any); Helper(); Log(...any); Logf(string, ...any); Name() string; Output() io.Writer; Setenv(string, string); Skip(...any); SkipNow(); Skipf(string, ...any); Skipped() bool; TempDir() string; private()}
func Testing() bool
func Verbose() bool
type common struct{_ opaque}
func (*common) Name() string
func (*common) Fail()
func (*common) Failed() bool
func (*common) FailNow()
func (*common) Output() io.Writer
func (*common) Log(...any)
func (*common) Logf(string, ...any)
func (*common) Error(...any)
func (*common) Errorf(string, ...any)
func (*common) Fatal(...any)
func (*common) Fatalf(string, ...any)
func (*common) Skip(...any)
func (*common) Skipf(string, ...any)
func (*common) SkipNow()
func (*common) Skipped() bool
func (*common) Helper()
func (*common) Cleanup(func())
func (*common) ArtifactDir() string
func (*common) TempDir() string
func (*common) Setenv(string, string)
func (*common) Chdir(string)
func (*common) Context() context.Context
func (*common) Attr(string, string)
type testDeps interface{CheckCorpus([]any, []reflect.Type) error; CoordinateFuzzing(time.Duration, int64, time.Duration, int64, int, []corpusEntry, []reflect.Type, string, string) error; ImportPath() string; InitRuntimeCoverage() (string, func(string, string) (string, error), func() float64); MatchString(string, string) (bool, error); ModulePath() string; ReadCorpus(string, []reflect.Type) ([]corpusEntry, error); ResetCoverage(); RunFuzzWorker(func(corpusEntry) error) error; SetPanicOnExit0(bool); SnapshotCoverage(); StartCPUProfile(io.Writer) error; StartTestLog(io.Writer); StopCPUProfile(); StopTestLog() error; WriteProfileTo(string, io.Writer, int) error}
type corpusEntry = struct{Parent string; Path string; Data []byte; Values []any; Generation int; IsSeed bool}`,
  ],
  [
    'text/template',
    `package template
import "io"
import "io/fs"
import "text/template/parse"
type ExecError struct{Name string; Err error}
func (ExecError) Error() string
func (ExecError) Unwrap() error
type FuncMap map[string]any
func HTMLEscape(io.Writer, []byte)
func HTMLEscapeString(string) string
func HTMLEscaper(...any) string
func IsTrue(any) (bool, bool)
func JSEscape(io.Writer, []byte)
func JSEscapeString(string) string
func JSEscaper(...any) string
func Must(*Template, error) *Template
func New(string) *Template
func ParseFS(fs.FS, ...string) (*Template, error)
func ParseFiles(...string) (*Template, error)
func ParseGlob(string) (*Template, error)
type Template struct{*parse.Tree; *common; _ opaque}
func (*Template) ExecuteTemplate(io.Writer, string, any) error
func (*Template) Execute(io.Writer, any) error
func (*Template) DefinedTemplates() string
func (*Template) ParseFiles(...string) (*Template, error)
func (*Template) ParseGlob(string) (*Template, error)
func (*Template) ParseFS(fs.FS, ...string) (*Template, error)
func (*Template) Option(...string) *Template
func (*Template) Name() string
func (*Template) New(string) *Template
func (*Template) Clone() (*Template, error)
func (*Template) AddParseTree(string, *parse.Tree) (*Template, error)
func (*Template) Templates() []*Template
func (*Template) Delims(string, string) *Template
func (*Template) Funcs(FuncMap) *Template
func (*Template) Lookup(string) *Template
func (*Template) Parse(string) (*Template, error)
func URLQueryEscaper(...any) string
type common struct{_ opaque}`,
  ],
  [
    'time',
    `package time
const ANSIC = "Mon Jan _2 15:04:05 2006"
func After(Duration) <-chan (Time)
func AfterFunc(Duration, func()) *Timer
const April Month = 4
const August Month = 8
func Date(int, Month, int, int, int, int, int, *Location) Time
const DateOnly = "2006-01-02"
const DateTime = "2006-01-02 15:04:05"
const December Month = 12
type Duration int64
func (Duration) String() string
func (Duration) Nanoseconds() int64
func (Duration) Microseconds() int64
func (Duration) Milliseconds() int64
func (Duration) Seconds() float64
func (Duration) Minutes() float64
func (Duration) Hours() float64
func (Duration) Truncate(Duration) Duration
func (Duration) Round(Duration) Duration
func (Duration) Abs() Duration
const February Month = 2
func FixedZone(string, int) *Location
const Friday Weekday = 5
const Hour Duration = 3600000000000
const January Month = 1
const July Month = 7
const June Month = 6
const Kitchen = "3:04PM"
const Layout = "01/02 03:04:05PM '06 -0700"
func LoadLocation(string) (*Location, error)
func LoadLocationFromTZData(string, []byte) (*Location, error)
var Local *Location
type Location struct{_ opaque}
func (*Location) String() string
const March Month = 3
const May Month = 5
const Microsecond Duration = 1000
const Millisecond Duration = 1000000
const Minute Duration = 60000000000
const Monday Weekday = 1
type Month int
func (Month) String() string
const Nanosecond Duration = 1
func NewTicker(Duration) *Ticker
func NewTimer(Duration) *Timer
const November Month = 11
func Now() Time
const October Month = 10
func Parse(string, string) (Time, error)
func ParseDuration(string) (Duration, error)
type ParseError struct{Layout string; Value string; LayoutElem string; ValueElem string; Message string}
func (*ParseError) Error() string
func ParseInLocation(string, string, *Location) (Time, error)
const RFC1123 = "Mon, 02 Jan 2006 15:04:05 MST"
const RFC1123Z = "Mon, 02 Jan 2006 15:04:05 -0700"
const RFC3339 = "2006-01-02T15:04:05Z07:00"
const RFC3339Nano = "2006-01-02T15:04:05.999999999Z07:00"
const RFC822 = "02 Jan 06 15:04 MST"
const RFC822Z = "02 Jan 06 15:04 -0700"
const RFC850 = "Monday, 02-Jan-06 15:04:05 MST"
const RubyDate = "Mon Jan 02 15:04:05 -0700 2006"
const Saturday Weekday = 6
const Second Duration = 1000000000
const September Month = 9
func Since(Time) Duration
func Sleep(Duration)
const Stamp = "Jan _2 15:04:05"
const StampMicro = "Jan _2 15:04:05.000000"
const StampMilli = "Jan _2 15:04:05.000"
const StampNano = "Jan _2 15:04:05.000000000"
const Sunday Weekday = 0
const Thursday Weekday = 4
func Tick(Duration) <-chan (Time)
type Ticker struct{C <-chan (Time); _ opaque}
func (*Ticker) Stop()
func (*Ticker) Reset(Duration)
type Time struct{_ opaque}
func (Time) String() string
func (Time) GoString() string
func (Time) Format(string) string
func (Time) AppendFormat([]byte, string) []byte
func (Time) IsZero() bool
func (Time) After(Time) bool
func (Time) Before(Time) bool
func (Time) Compare(Time) int
func (Time) Equal(Time) bool
func (Time) Date() (int, Month, int)
func (Time) Year() int
func (Time) Month() Month
func (Time) Day() int
func (Time) Weekday() Weekday
func (Time) ISOWeek() (int, int)
func (Time) Clock() (int, int, int)
func (Time) Hour() int
func (Time) Minute() int
func (Time) Second() int
func (Time) Nanosecond() int
func (Time) YearDay() int
func (Time) Add(Duration) Time
func (Time) Sub(Time) Duration
func (Time) AddDate(int, int, int) Time
func (Time) UTC() Time
func (Time) Local() Time
func (Time) In(*Location) Time
func (Time) Location() *Location
func (Time) Zone() (string, int)
func (Time) ZoneBounds() (Time, Time)
func (Time) Unix() int64
func (Time) UnixMilli() int64
func (Time) UnixMicro() int64
func (Time) UnixNano() int64
func (Time) AppendBinary([]byte) ([]byte, error)
func (Time) MarshalBinary() ([]byte, error)
func (*Time) UnmarshalBinary([]byte) error
func (Time) GobEncode() ([]byte, error)
func (*Time) GobDecode([]byte) error
func (Time) MarshalJSON() ([]byte, error)
func (*Time) UnmarshalJSON([]byte) error
func (Time) AppendText([]byte) ([]byte, error)
func (Time) MarshalText() ([]byte, error)
func (*Time) UnmarshalText([]byte) error
func (Time) IsDST() bool
func (Time) Truncate(Duration) Time
func (Time) Round(Duration) Time
const TimeOnly = "15:04:05"
type Timer struct{C <-chan (Time); _ opaque}
func (*Timer) Stop() bool
func (*Timer) Reset(Duration) bool
const Tuesday Weekday = 2
var UTC *Location
func Unix(int64, int64) Time
const UnixDate = "Mon Jan _2 15:04:05 MST 2006"
func UnixMicro(int64) Time
func UnixMilli(int64) Time
func Until(Time) Duration
const Wednesday Weekday = 3
type Weekday int
func (Weekday) String() string`,
  ],
  [
    'unicode/utf8',
    `package utf8
func AppendRune([]byte, rune) []byte
func DecodeLastRune([]byte) (rune, int)
func DecodeLastRuneInString(string) (rune, int)
func DecodeRune([]byte) (rune, int)
func DecodeRuneInString(string) (rune, int)
func EncodeRune([]byte, rune) int
func FullRune([]byte) bool
func FullRuneInString(string) bool
const MaxRune = '\\U0010ffff'
func RuneCount([]byte) int
func RuneCountInString(string) int
const RuneError = '\\U0000fffd'
func RuneLen(rune) int
const RuneSelf = 128
func RuneStart(byte) bool
const UTFMax = 4
func Valid([]byte) bool
func ValidRune(rune) bool
func ValidString(string) bool`,
  ],
  [
    'unique',
    `package unique
type Handle[T comparable] struct{_ opaque}
func (Handle[T]) Value() T
func Make[T comparable](T) Handle[T]`,
  ],
  [
    'weak',
    `package weak
func Make[T any](*T) Pointer[T]
type Pointer[T any] struct{_ opaque}
func (Pointer[T]) Value() *T`,
  ],
]);
