/**
 * Services on the host behind the virtual switch: echo (RFC 862) sends back what comes, and a web server gives away the files that it was told
 * of. HTTP (RFC 9112) is reduced to GET and HEAD, one request per connection.
 */
import type { TcpConnection, TcpService } from './host-tcp.ts';

export const ECHO_PORT = 7;
export const HTTP_PORT = 80;
/** Longest request that is read. */
const MOST_REQUEST = 8192;

/** Sends everything back. */
export const echoService = (): TcpService => ({
  received: (bytes, connection) => connection.send(bytes),
});

/** Gives away files by path, such as `/file`. */
export class WebServer {
  /** Paths that were asked for, and the status of each answer. */
  readonly requests: { readonly path: string; readonly status: number }[] = [];
  private readonly files: ReadonlyMap<string, Uint8Array>;

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.files = files;
  }

  /** The service of one connection. */
  open(): TcpService {
    let request = '';
    return {
      received: (bytes, connection) => {
        request += String.fromCharCode(...bytes.subarray(0, MOST_REQUEST));
        if (request.includes('\r\n\r\n') || request.length > MOST_REQUEST) this.answer(request, connection);
      },
    };
  }

  private answer(request: string, connection: TcpConnection): void {
    const [method, path = '/'] = request.split(' ', 2);
    const readable = method === 'GET' || method === 'HEAD';
    const file = readable ? this.files.get(path) : undefined;
    const [status, reason] = readable ? (file ? [200, 'OK'] : [404, 'Not Found']) : [501, 'Not Implemented'];
    this.requests.push({ path, status: status as number });
    const head = [
      `HTTP/1.1 ${status} ${reason}`,
      `Content-Length: ${file?.length ?? 0}`,
      'Connection: close',
      '\r\n',
    ].join('\r\n');
    connection.send(Uint8Array.from(head, (char) => char.charCodeAt(0)));
    if (file && method === 'GET') connection.send(file);
    connection.close();
  }
}
