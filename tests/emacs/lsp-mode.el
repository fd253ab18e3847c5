;;; lsp-mode.el --- A writer's session in lsp-mode  -*- lexical-binding: t -*-
;; PRISM_CONFIGURATION is the configuration of docs/editors.md, the file to visit the first argument.
(load (expand-file-name "common.el" (file-name-directory load-file-name)))
(require 'markdown-mode)
(load (getenv "PRISM_CONFIGURATION"))
(setq markdown-mode-hook nil lsp-auto-guess-root t lsp-guess-root-without-session t lsp-enable-snippet nil
      lsp-session-file (expand-file-name "session" (getenv "HOME")) lsp-restart 'ignore)
(find-file (pop command-line-args-left))
(let (noninteractive) (lsp))
(wait-for (lambda () (and (lsp-workspaces) (eq 'initialized (lsp--workspace-status (car (lsp-workspaces)))))))

(defun faces (words)
  "The faces of the end of WORDS, once there are any."
  (goto-char (point-min))
  (search-forward words)
  (wait-for (lambda () (font-lock-ensure) (get-text-property (1- (point)) 'face))))

(let* ((marks (wait-for (lambda () (car (hash-table-values (lsp-diagnostics))))))
       (strong (faces "opened by me"))
       (colour (faces "not so"))
       (hover (lsp:hover-contents (lsp-request "textDocument/hover" (lsp--text-document-position-params))))
       (actions (lsp-code-actions-at-point))
       (action (seq-find (lambda (each) (equal (lsp:code-action-title each) "Turn off: negation")) actions))
       (focus (prism-focus "question"))
       (before (text)))
  (lsp-execute-code-action action)
  (wait-for (lambda () (not (equal before (text)))))
  (tell :marks (vconcat (mapcar #'lsp:diagnostic-message marks)) :hover (lsp:markup-content-value hover) :text (text)
        :titles (vconcat (mapcar #'lsp:code-action-title actions)) :focus (gethash "focus" focus)
        :colour (mapcar #'symbol-name (ensure-list colour)) :strong (mapcar #'symbol-name (ensure-list strong))))
(set-buffer-modified-p nil)
(kill-emacs 0)
