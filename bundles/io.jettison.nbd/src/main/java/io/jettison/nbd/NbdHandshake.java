package io.jettison.nbd;

/** Numbers of the handshake; see the package description. */
public final class NbdHandshake {
  /** "NBDMAGIC". */
  public static final long MAGIC = 0x4e42444d41474943L;

  /** "IHAVEOPT". */
  public static final long OPTION_MAGIC = 0x49484156454f5054L;

  /** Begins every option reply. */
  public static final long REPLY_MAGIC = 0x3e889045565a9L;

  /** Handshake and client flag: options may fail and the handshake go on. */
  public static final int FIXED_NEWSTYLE = 1;

  /** Handshake and client flag: no {@link #PADDING_BYTES zeros} after EXPORT_NAME. */
  public static final int NO_ZEROES = 1 << 1;

  /** Bytes of the greeting. */
  public static final int GREETING_BYTES = 18;

  /** Bytes of the client's answer. */
  public static final int CLIENT_FLAGS_BYTES = 4;

  /** Bytes of an option without its data. */
  public static final int OPTION_BYTES = 16;

  /** Bytes of an option reply without its data. */
  public static final int REPLY_BYTES = 20;

  /** Bytes of the answer to EXPORT_NAME without the zeros. */
  public static final int EXPORT_BYTES = 10;

  /** Zeros after it. */
  public static final int PADDING_BYTES = 124;

  /** Longest string. */
  public static final int MAX_STRING = 4096;

  /** Option: begin with this export. */
  public static final int OPT_EXPORT_NAME = 1;

  /** Option: end. */
  public static final int OPT_ABORT = 2;

  /** Option: which exports there are. */
  public static final int OPT_LIST = 3;

  /** Option: encrypt. */
  public static final int OPT_STARTTLS = 5;

  /** Option: about an export. */
  public static final int OPT_INFO = 6;

  /** Option: about an export, and begin with it. */
  public static final int OPT_GO = 7;

  /** Option: answer READ by chunks. */
  public static final int OPT_STRUCTURED_REPLY = 8;

  /** Option: which contexts BLOCK_STATUS can tell about. */
  public static final int OPT_LIST_META_CONTEXT = 9;

  /** Option: which contexts it is to tell about. */
  public static final int OPT_SET_META_CONTEXT = 10;

  /** Reply: done. */
  public static final int REP_ACK = 1;

  /** Reply: an export. */
  public static final int REP_SERVER = 2;

  /** Reply: about an export. */
  public static final int REP_INFO = 3;

  /** Reply: a context. */
  public static final int REP_META_CONTEXT = 4;

  /** In the type of every reply to an option that failed. */
  public static final int REP_ERROR = 1 << 31;

  /** Reply: the option is not known or not supported. */
  public static final int REP_ERR_UNSUP = REP_ERROR | 1;

  /** Reply: the option's data are wrong. */
  public static final int REP_ERR_INVALID = REP_ERROR | 3;

  /** Reply: no such export. */
  public static final int REP_ERR_UNKNOWN = REP_ERROR | 6;

  /** Reply: the option asks for too much. */
  public static final int REP_ERR_TOO_BIG = REP_ERROR | 9;

  /** Info: size and transmission flags. */
  public static final int INFO_EXPORT = 0;

  /** Info: name. */
  public static final int INFO_NAME = 1;

  /** Info: description. */
  public static final int INFO_DESCRIPTION = 2;

  /** Info: sizes of blocks. */
  public static final int INFO_BLOCK_SIZE = 3;

  private NbdHandshake() {}
}
