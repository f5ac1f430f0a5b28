package io.jettison.nbd;

/** Numbers of the transmission; see the package description. */
public final class NbdTransmission {
  /** Begins every request. */
  public static final int REQUEST_MAGIC = 0x25609513;

  /** Begins every simple reply. */
  public static final int SIMPLE_MAGIC = 0x67446698;

  /** Begins every chunk. */
  public static final int CHUNK_MAGIC = 0x668e33ef;

  /** Bytes of a request without what is to be written. */
  public static final int REQUEST_BYTES = 28;

  /** Bytes of a simple reply without what was read. */
  public static final int SIMPLE_BYTES = 16;

  /** Bytes of a chunk without its data. */
  public static final int CHUNK_BYTES = 20;

  /** Bytes of the data of a chunk with contents, without the contents. */
  public static final int OFFSET_BYTES = 8;

  /** Bytes of the data of a chunk about a hole. */
  public static final int HOLE_BYTES = 12;

  /** Bytes of an error chunk's data without the text. */
  public static final int ERROR_BYTES = 6;

  /** Bytes of a status chunk's data before the first extent. */
  public static final int CONTEXT_BYTES = 4;

  /** Bytes of an extent in it. */
  public static final int EXTENT_BYTES = 8;

  /** What every party must be able to read or write at once. */
  public static final int MAX_PAYLOAD = 32 << 20;

  /** Transmission flag: the flags are valid. */
  public static final int HAS_FLAGS = 1;

  /** Transmission flag: nothing can be written. */
  public static final int READ_ONLY = 1 << 1;

  /** Transmission flag: FLUSH is known. */
  public static final int SEND_FLUSH = 1 << 2;

  /** Transmission flag: {@link #FUA} is known. */
  public static final int SEND_FUA = 1 << 3;

  /** Transmission flag: TRIM is known. */
  public static final int SEND_TRIM = 1 << 5;

  /** Transmission flag: WRITE_ZEROES and {@link #NO_HOLE} are known. */
  public static final int SEND_WRITE_ZEROES = 1 << 6;

  /** Transmission flag: {@link #DF} is known. */
  public static final int SEND_DF = 1 << 7;

  /** Transmission flag: FLUSH on one connection is for the writes of all. */
  public static final int CAN_MULTI_CONN = 1 << 8;

  /** Transmission flag: CACHE is known. */
  public static final int SEND_CACHE = 1 << 10;

  /** Transmission flag: {@link #FAST_ZERO} is known. */
  public static final int SEND_FAST_ZERO = 1 << 11;

  /** Command: read. */
  public static final int READ = 0;

  /** Command: write. */
  public static final int WRITE = 1;

  /** Command: end the connection. */
  public static final int DISC = 2;

  /** Command: make durable what was written. */
  public static final int FLUSH = 3;

  /** Command: the contents are not needed any more. */
  public static final int TRIM = 4;

  /** Command: will be read soon. */
  public static final int CACHE = 5;

  /** Command: write zeros. */
  public static final int WRITE_ZEROES = 6;

  /** Command: tell about blocks. */
  public static final int BLOCK_STATUS = 7;

  /** Command flag: durable before it is answered. */
  public static final int FUA = 1;

  /** Command flag: allocate the zeros. */
  public static final int NO_HOLE = 1 << 1;

  /** Command flag: in one chunk. */
  public static final int DF = 1 << 2;

  /** Command flag: one extent. */
  public static final int REQ_ONE = 1 << 3;

  /** Command flag: faster than a write, or not at all. */
  public static final int FAST_ZERO = 1 << 4;

  /** Chunk flag: the last of a reply. */
  public static final int DONE = 1;

  /** Chunk: nothing. */
  public static final int CHUNK_NONE = 0;

  /** Chunk: contents. */
  public static final int CHUNK_OFFSET_DATA = 1;

  /** Chunk: zeros. */
  public static final int CHUNK_OFFSET_HOLE = 2;

  /** Chunk: about blocks. */
  public static final int CHUNK_BLOCK_STATUS = 5;

  /** In the type of every chunk that tells of a failure. */
  public static final int CHUNK_FAILURE = 1 << 15;

  /** Chunk: the request failed. */
  public static final int CHUNK_ERROR = CHUNK_FAILURE | 1;

  /** Chunk: the request failed at an offset. */
  public static final int CHUNK_ERROR_OFFSET = CHUNK_FAILURE | 2;

  /** Name of the context about holes and zeros. */
  public static final String CONTEXT_ALLOCATION = "base:allocation";

  /** Status of {@link #CONTEXT_ALLOCATION}: not allocated. */
  public static final int STATE_HOLE = 1;

  /** Status of {@link #CONTEXT_ALLOCATION}: reads as zeros. */
  public static final int STATE_ZERO = 1 << 1;

  /** Name of the context about blocks written on the server. */
  public static final String CONTEXT_DIRTY = "jettison:dirty";

  /** Status of {@link #CONTEXT_DIRTY}: written. */
  public static final int STATE_DIRTY = 1;

  /** Error: not permitted. */
  public static final int EPERM = 1;

  /** Error: could not be read or written. */
  public static final int EIO = 5;

  /** Error: no memory. */
  public static final int ENOMEM = 12;

  /** Error: a wrong request. */
  public static final int EINVAL = 22;

  /** Error: no room, or beyond the end. */
  public static final int ENOSPC = 28;

  /** Error: too long. */
  public static final int EOVERFLOW = 75;

  /** Error: would not be fast. */
  public static final int ENOTSUP = 95;

  /** Error: the server ends. */
  public static final int ESHUTDOWN = 108;

  private NbdTransmission() {}
}
