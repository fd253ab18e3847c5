;;; common.el --- What both drivers need  -*- lexical-binding: t -*-
;; Packages where Debian puts them; `emacs -Q' does not look there.
(require 'package)
(add-to-list 'package-directory-list "/usr/share/emacs/site-lisp/elpa")
(package-initialize)
(require 'json)
(setq create-lockfiles nil make-backup-files nil)

(defun wait-for (what)
  "Call WHAT until it answers something, for 30 seconds at most; its answer."
  (let ((end (+ (float-time) 30)) found)
    (while (and (not (setq found (funcall what))) (< (float-time) end))
      (accept-process-output nil 0.05))
    found))

(defun text ()
  "The buffer's text."
  (buffer-substring-no-properties (point-min) (point-max)))

(defun tell (&rest found)
  "Print FOUND, keywords and values, as the line of JSON that the test reads."
  (princ (concat "FOUND " (json-encode found) "\n")))
