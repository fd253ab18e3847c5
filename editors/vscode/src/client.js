'use strict';
const vscode = require('vscode');
const {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  SemanticTokensRegistrationType,
  State,
} = require('vscode-languageclient/node');
const settings = require('./settings');

/** Restarts of a server that keeps dying, before the writer is asked. */
const RESTARTS = 4;
const WITHIN_MS = 3 * 60 * 1000;

/** What the library would pop up goes to the log only; the extension says what matters in its own words. */
class QuietClient extends LanguageClient {
  /**
   * @override
   * @param {string} message
   * @param {any} [data]
   */
  error(message, data) {
    super.error(message, data, false);
  }

  /**
   * @override
   * @param {string} message
   * @param {any} [data]
   */
  info(message, data) {
    super.info(message, data, false);
  }
}

/**
 * A client that has not been started.
 * @param {string[]} command the server's program and arguments
 * @param {vscode.LogOutputChannel} log
 * @param {() => boolean} [heated] whether backgrounds have the colours now
 */
function create(command, log, heated) {
  const [program, ...words] = command;
  let ran = false;
  const errorHandler = persistent(Date.now, () => ran);
  const client = new QuietClient('prism', 'Prism', { command: program, args: words }, { ...options(log, heated), errorHandler });
  client.onDidChangeState(({ newState }) => {
    ran ||= newState === State.Running;
  });
  return client;
}

/**
 * @param {vscode.LogOutputChannel} log
 * @param {() => boolean} [heated] whether backgrounds have the colours now
 * @returns {import('vscode-languageclient/node').LanguageClientOptions}
 */
function options(log, heated = () => false) {
  // Coloured text on a background of its own colour could not be read; then the text keeps the theme's.
  const coloured = () => settings.text() && !heated();
  const none = () => new vscode.SemanticTokens(new Uint32Array());
  return {
    // Rules and concepts have no language of their own, and other TOML files are none of the server's business.
    documentSelector: [
      ...selector(settings.languages()),
      { scheme: 'file', pattern: '**/prism.toml' },
      { scheme: 'file', pattern: '**/.prism/concepts/*.toml' },
    ],
    // A function: a server that is started again gets the settings of that moment.
    initializationOptions: () => ({ prism: { ...settings.shared(), notifications: true, commandLinks: true } }),
    initializationFailedHandler: () => false,
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    markdown: { isTrusted: { enabledCommands: ['prism.focus', 'prism.unfocus'] } },
    middleware: {
      // The server's sentence, such as “The sentence has changed since; open the menu again.”, is for the writer.
      resolveCodeAction: async (action, token, next) => {
        try {
          return await next(action, token);
        } catch (error) {
          tell(error);
          return action;
        }
      },
      provideDocumentSemanticTokens: (document, token, next) => (coloured() ? next(document, token) : none()),
      provideDocumentSemanticTokensEdits: (document, before, token, next) =>
        coloured() ? next(document, before, token) : none(),
      provideDocumentRangeSemanticTokens: (document, range, token, next) =>
        coloured() ? next(document, range, token) : none(),
      // VS Code has an outline of Markdown already, and would show both.
      provideDocumentSymbols: (document, token, next) =>
        document.languageId === 'markdown' ? [] : next(document, token),
      executeCommand: async (name, words, next) => {
        try {
          return await next(name, words);
        } catch (error) {
          tell(error);
          return undefined;
        }
      },
    },
  };
}

/**
 * Documents on disk and untitled ones; not the left side of a diff, nor an output channel.
 * @param {readonly string[]} languages
 */
function selector(languages) {
  return languages.flatMap((language) => ['file', 'untitled'].map((scheme) => ({ scheme, language })));
}

/**
 * Start a server that has ended again, but not for ever, and not one that never ran.
 * @param {() => number} now in milliseconds
 * @param {() => boolean} ran
 * @returns {import('vscode-languageclient/node').ErrorHandler}
 */
function persistent(now, ran) {
  /** @type {number[]} */
  let ends = [];
  return {
    error: (_error, _message, count) => ({
      action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown,
      handled: true,
    }),
    closed: () => {
      ends = [...ends.filter((end) => now() - end < WITHIN_MS), now()];
      const action = ran() && ends.length <= RESTARTS ? CloseAction.Restart : CloseAction.DoNotRestart;
      return { action, handled: true };
    },
  };
}

/**
 * Let VS Code ask for the colours of text again.
 * @param {LanguageClient} client
 */
function recolour(client) {
  const feature = client.getFeature(SemanticTokensRegistrationType.method);
  for (const document of vscode.workspace.textDocuments) {
    feature?.getProvider(document)?.onDidChangeSemanticTokensEmitter.fire();
  }
}

/**
 * Show an error's sentence to the writer; a cancelled request is no error.
 * @param {unknown} error
 */
function tell(error) {
  if (error instanceof vscode.CancellationError) return;
  void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
}

module.exports = { create, options, persistent, recolour, selector, tell };
