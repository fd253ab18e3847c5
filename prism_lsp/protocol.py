"""pygls' protocol made exact where it is not: life cycle, framing, one answer for every request, and no orphan process.

Measured on pygls 2.1.1: requests before `initialize` and after `shutdown` are not refused, a request that cannot be
parsed gets no answer, `exit` leaves with 0 always, every notification leaves a future behind, headers are
case-sensitive, the command under `workspace/executeCommand` is not cancelled, and the process outlives its parent.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import InvalidStateError
from contextlib import suppress
from typing import Any

from lsprotocol import types
from pygls.exceptions import (
    JsonRpcException,
    JsonRpcInternalError,
    JsonRpcInvalidParams,
    JsonRpcInvalidRequest,
    JsonRpcMethodNotFound,
    JsonRpcParseError,
    JsonRpcRequestCancelled,
    JsonRpcServerNotInitialized,
)
from pygls.protocol import JsonRPCProtocol, LanguageServerProtocol, lsp_method

logger = logging.getLogger(__name__)

LONGEST_MESSAGE = 1 << 28
"""Bytes. A longer one is taken for a broken stream."""

LONGEST_HEADER = 1 << 16
"""Bytes without the end of a header after which the stream is taken for broken."""

_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*([0-9]+)[ \t]*\r\n", re.IGNORECASE)

_NO_UTF8 = re.compile("[\udc80-\udcff]")

GREATEST = (1 << 31) - 1
"""The protocol's greatest line or character."""

WATCH_SECONDS = 1.5
"""How often the server looks whether its parent is alive."""


class RequestFailed(JsonRpcException):
    """The request could be understood but not done; the message is for the writer."""

    CODE = types.LSPErrorCodes.RequestFailed.value


class Plain(dict[str, Any]):
    """An answer that is JSON already, and is not looked through for types: that takes longer than the rest."""


OWN = "prism/"
"""What methods begin with that are not the protocol's. Their parameters are handed over as they came."""


class ExactProtocol(LanguageServerProtocol):
    """See the module. Documents are not pygls' either: the server keeps its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.phase = "new"
        """new, running or shutdown"""
        self.experimental: dict[str, Any] = {}
        """What the server can do beyond the protocol, as told in `initialize`."""
        self.on_progress_cancel: Callable[[int | str], None] = lambda token: None
        self.on_change_lost: Callable[[Any], None] = lambda params: None
        """Hears the parameters of a `textDocument/didChange` that could not be understood."""
        for method in _OWN_DOCUMENTS:
            self.fm.builtin_features.pop(method, None)

    def receive(self, body: bytes) -> int | None:
        """Handle one message. Answers the exit code once it is `exit`."""
        try:
            message = json.loads(_decoded(body))
        except (ValueError, RecursionError) as error:
            self._refuse(None, JsonRpcParseError(f"This is not JSON that can be read: {error}"))
            return None
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            self._refuse(None, JsonRpcInvalidRequest("This is not a JSON-RPC 2.0 message."))
            return None
        method, number = message.get("method"), message.get("id")
        if not _is_id(number) or not isinstance(method, str | None):
            refusal = JsonRpcInvalidRequest("A method is a string, an id a whole number or a string.")
            self._refuse(number if _is_id(number) else None, refusal)
            return None
        if method == types.EXIT:
            return 0 if self.phase == "shutdown" else 1
        if method is None:
            if number in self._result_types:  # only what was asked has a type
                self._answered(message)
        elif number is None:
            if self.phase == "running":
                self._notified(message, method)
        elif number in self._request_futures:
            self._refuse(number, JsonRpcInvalidRequest("A request with this id has not been answered yet."))
        elif unwanted := self._refusal(method):
            self._refuse(number, unwanted)
        else:
            self._asked(message, method, number)
        return None

    def _refusal(self, method: str) -> JsonRpcException | None:
        if self.phase == "shutdown":
            return JsonRpcInvalidRequest("The server has been shut down.")
        if method == types.INITIALIZE:
            return None if self.phase == "new" else JsonRpcInvalidRequest("The server is initialized already.")
        if self.phase == "new":
            return JsonRpcServerNotInitialized("The server has not been initialized yet.")
        try:
            self._get_handler(method)
        except JsonRpcMethodNotFound as error:
            return error
        return None

    def _refuse(self, number: int | str | None, error: JsonRpcException) -> None:
        self._send_data({"jsonrpc": "2.0", "id": number, "error": {"code": error.code, "message": str(error)}})

    def _asked(self, message: dict[str, Any], method: str, number: int | str) -> None:
        try:
            params = message.get("params") if method.startswith(OWN) else self.structure_message(message).params
        except JsonRpcException:
            self._refuse(number, JsonRpcInvalidParams(f"The parameters of {method} could not be understood."))
            return
        if method == types.INITIALIZE:
            self.phase = "running"
        # pygls keeps the request's number in the context
        contextvars.copy_context().run(self._handle_request, number, method, params)
        if method == types.SHUTDOWN:
            self.phase = "shutdown"

    def _notified(self, message: dict[str, Any], method: str) -> None:
        if method not in self.fm.builtin_features and method not in self.fm.features and method != types.CANCEL_REQUEST:
            return  # unknown notifications are ignored, as the protocol asks
        if method == types.TEXT_DOCUMENT_DID_CHANGE:
            _bound(message)
        try:
            notification = self.structure_message(message)
        except JsonRpcException:
            logger.error("a notification could not be understood: %s", method)
            if method == types.TEXT_DOCUMENT_DID_CHANGE:
                self.on_change_lost(message.get("params"))
            return
        contextvars.copy_context().run(self._handle_notification, method, notification.params)

    def _answered(self, message: dict[str, Any]) -> None:
        try:
            answer = self.structure_message(message)
        except JsonRpcException:
            logger.error("an answer of the client could not be understood")
            self._handle_response(message["id"], None)
            return
        self._result_types.pop(message["id"], None)
        with suppress(InvalidStateError):  # whoever asked has been cancelled, as a refresh is at shutdown
            self._handle_response(message["id"], getattr(answer, "result", None), getattr(answer, "error", None))

    def _execute_handler(self, msg_id: Any, handler: Any, callback: Any, args: Any = None, kwargs: Any = None) -> None:
        def done(future: Any) -> None:
            self._request_futures.pop(msg_id, None)
            callback(future)

        super()._execute_handler(msg_id, handler, done, args, kwargs)

    def _send_handler_result(self, future: Any, *, msg_id: Any) -> None:
        if future.cancelled():
            self._refuse(msg_id, JsonRpcRequestCancelled("The request was cancelled."))
            return
        error = future.exception()
        if error is None and isinstance(future.result(), Plain):
            self._send_data({"jsonrpc": "2.0", "id": msg_id, "result": future.result()})
        elif error is None:
            if isinstance(result := future.result(), types.InitializeResult):
                result.capabilities.experimental = self.experimental
            self._send_response(msg_id, result=result)
        elif isinstance(error, JsonRpcException):
            self._refuse(msg_id, error)
        else:
            logger.error("a request failed", exc_info=error)
            self._refuse(msg_id, JsonRpcInternalError("Prism made a mistake; its log says more."))

    def _check_handler_result(self, future: Any) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            logger.error("a notification failed", exc_info=error)

    def _handle_cancel_notification(self, msg_id: Any) -> None:
        if _is_id(msg_id) and (future := self._request_futures.get(msg_id)) is not None:
            future.cancel()

    @lsp_method(types.SHUTDOWN)
    async def lsp_shutdown(self, *args: Any) -> None:  # type: ignore[override]
        """Cancel what is running; every request still gets its answer."""
        current: Any = asyncio.current_task()
        for future in list(self._request_futures.values()):
            if future is not current:
                future.cancel()
        self._shutdown = True
        if (handler := self.fm.features.get(types.SHUTDOWN)) is not None:
            await handler(*args)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(self, params: types.ExecuteCommandParams) -> Any:  # type: ignore[override]
        """Run a command of the server, cancellable. Commands take a list of arguments and a work-done token or None."""
        if (command := self.fm.commands.get(params.command)) is None:
            raise JsonRpcInvalidParams(f"Prism has no command “{params.command}”.")
        return await command(list(params.arguments or ()), params.work_done_token)

    @lsp_method(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    async def lsp_work_done_progress_cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        """The writer cancelled a piece of work on its progress bar."""
        self.on_progress_cancel(params.token)


def _decoded(body: bytes) -> str:
    """The text of a message. An editor hands on bytes of a file that are no UTF-8 (Neovim does); a change with such bytes
    must not be lost, and places behind them must stay right: each becomes U+001A, one unit long in every encoding.
    """
    try:
        return body.decode()
    except UnicodeDecodeError:
        return _NO_UTF8.sub(r"\\u001a", body.decode("utf-8", "surrogateescape"))


def _is_id(number: object) -> bool:
    """Whether this is a request's id, or none. Lua writes 1.0 for 1."""
    if isinstance(number, float):
        return number.is_integer()
    return isinstance(number, int | str | None) and not isinstance(number, bool)


def _bound(message: dict[str, Any]) -> None:
    """Places beyond the protocol's greatest number, with which some editors write “the end”, become that number."""
    with suppress(KeyError, TypeError):
        for change in message["params"]["contentChanges"]:
            if "range" in change:
                for place in (change["range"]["start"], change["range"]["end"]):
                    for part in ("line", "character"):
                        place[part] = min(place[part], GREATEST)


_OWN_DOCUMENTS = (
    types.TEXT_DOCUMENT_DID_OPEN,
    types.TEXT_DOCUMENT_DID_CHANGE,
    types.TEXT_DOCUMENT_DID_CLOSE,
    types.NOTEBOOK_DOCUMENT_DID_OPEN,
    types.NOTEBOOK_DOCUMENT_DID_CHANGE,
    types.NOTEBOOK_DOCUMENT_DID_CLOSE,
)


class _Output:
    """The client's end of the stream. A client that is gone is not an error: the reading side sees it too."""

    def __init__(self, descriptor: int) -> None:
        self.file = os.fdopen(descriptor, "wb")

    def write(self, data: bytes) -> None:
        try:
            self.file.write(data)
            self.file.flush()
        except (BrokenPipeError, ValueError):
            logger.info("the client is gone")

    def close(self) -> None:
        self.file.close()


def bodies(descriptor: int) -> Iterator[bytes]:
    """The bodies of the messages on a file descriptor, until it ends or the framing is broken beyond repair.

    What stands before a `Content-Length` and is no header is passed over, so one lost or wrong header costs the messages
    that it touches and no others.
    """
    buffer = bytearray()

    def more() -> bool:
        chunk = os.read(descriptor, 1 << 16)
        buffer.extend(chunk)
        return bool(chunk)

    while True:
        while (end := buffer.find(b"\r\n\r\n")) < 0:
            if len(buffer) > LONGEST_HEADER:
                logger.error("no header in %d bytes; the stream is taken for broken", len(buffer))
                return
            if not more():
                if buffer:
                    logger.error("the input ended in the middle of a header")
                return
        found = _LENGTH.findall(buffer, 0, end + 2)
        del buffer[: end + 4]
        if not found:
            continue
        digits = found[-1].lstrip(b"0") or b"0"
        if len(digits) > len(str(LONGEST_MESSAGE)) or int(digits) > LONGEST_MESSAGE:
            logger.error("a message of %.30s bytes was announced; the stream is taken for broken", digits.decode())
            return
        length = int(digits)
        while len(buffer) < length:
            if not more():
                logger.error("the input ended after %d of a message's %d bytes", len(buffer), length)
                return
        yield bytes(buffer[:length])
        del buffer[:length]


async def serve(protocol: JsonRPCProtocol, stdin: int, stdout: int, close: Callable[[], Any]) -> int:
    """Answer messages until `exit` or the end of the input, then await `close()`. Returns the process's exit code."""
    assert isinstance(protocol, ExactProtocol)
    loop = asyncio.get_running_loop()
    inbox: asyncio.Queue[bytes | None] = asyncio.Queue()
    protocol.set_writer(_Output(stdout))

    def read() -> None:
        try:
            for body in bodies(stdin):
                loop.call_soon_threadsafe(inbox.put_nowait, body)
        except OSError:
            logger.info("the input cannot be read any more")
        finally:
            with suppress(RuntimeError):  # the loop has ended first
                loop.call_soon_threadsafe(inbox.put_nowait, None)

    threading.Thread(target=read, name="stdin", daemon=True).start()
    code: int | None = None
    try:
        while code is None and (body := await inbox.get()) is not None:
            code = protocol.receive(body)
            # What this message started takes its first step before the next message: the order of arrival holds.
            await asyncio.sleep(0)
    finally:
        await close()
    if code is None:
        code = 0 if protocol.phase == "shutdown" else 1
    return code


def watch_parent(client: Callable[[], int | None], stop: Callable[[], None]) -> None:
    """Call `stop` once the process that started this one is gone, or the client by its own account.

    For a thread of its own: the event loop stands still while nobody takes what it writes, and may never go on.
    """
    parent = os.getppid()
    while os.getppid() == parent and ((process_id := client()) is None or alive(process_id)):
        time.sleep(WATCH_SECONDS)
    stop()


def alive(process_id: int) -> bool:
    """Whether a process runs. One that has ended but was not yet waited for does not."""
    if process_id <= 0:
        return False
    if sys.platform == "win32":  # os.kill would end the process there
        import ctypes

        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x00100000, False, process_id)  # SYNCHRONIZE
        if not handle:
            return False
        running = kernel.WaitForSingleObject(handle, 0) != 0
        kernel.CloseHandle(handle)
        return bool(running)
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is there, and not ours
    try:
        with open(f"/proc/{process_id}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] != b"Z"
    except (OSError, IndexError):
        return True
