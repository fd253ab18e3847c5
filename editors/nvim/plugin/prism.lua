-- Commands and colours. The language server is configured in lsp/prism.lua and started by vim.lsp.enable('prism').

if vim.g.loaded_prism then
  return
end
vim.g.loaded_prism = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('Prism needs Neovim 0.11 or newer.', vim.log.levels.ERROR)
  return
end

require('prism.colors').set()

local group = vim.api.nvim_create_augroup('prism', {})
vim.api.nvim_create_autocmd('ColorScheme', {
  group = group,
  desc = 'Blend the shades of Prism with the new background',
  callback = function()
    require('prism.colors').set()
  end,
})
vim.api.nvim_create_autocmd('OptionSet', {
  group = group,
  pattern = 'background',
  desc = 'Blend the shades of Prism with the new background',
  callback = vim.schedule_wrap(function()
    require('prism.colors').set()
  end),
})
vim.api.nvim_create_autocmd('LspProgress', {
  group = group,
  desc = 'Show what Prism is doing',
  callback = function(event)
    require('prism').on_progress(event)
  end,
})

local command = vim.api.nvim_create_user_command

command('PrismFocus', function(call)
  require('prism').focus(call.args)
end, {
  nargs = '?',
  complete = function(typed)
    return require('prism').complete(typed)
  end,
  desc = 'Show one feature as a heat map',
})
command('PrismUnfocus', function()
  require('prism').unfocus()
end, { desc = 'Colour each sentence by its strongest feature' })
command('PrismRestart', function()
  require('prism').restart()
end, { desc = 'Restart the language model of Prism' })
command('PrismLegend', function()
  require('prism.legend').open()
end, { desc = 'Explain the colours of Prism' })
command('PrismNewConcept', function(call)
  require('prism').new_concept(call.args, call.line1, call.line2)
end, { range = true, nargs = '?', desc = 'Make a concept of your own from the selected sentences' })
