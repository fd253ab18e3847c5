-- :PrismLegend, a small window that explains the colours.

local colors = require('prism.colors')
local M = {}

local SWATCH = 3

---Lines of the legend, and for each the family whose shades stand at its beginning.
---@param features prism.Feature[]
---@param state prism.State?
---@param width integer columns that are there at most
---@return string[], table<integer, string>
function M.lines(features, state, width)
  local names, order = {}, {}
  for _, feature in ipairs(features) do
    if not names[feature.family] then
      names[feature.family] = {}
      order[#order + 1] = feature.family
    end
    table.insert(names[feature.family], feature.name)
  end
  local focused = state and state.mode == 'focus' and state.focus
  local lines, families = {}, {}
  for _, family in ipairs(order) do
    local first = (' '):rep(4 * SWATCH + 2) .. ('%-10s '):format(family)
    local indent, line = (' '):rep(#first), first
    families[#lines + 1] = family
    for i, name in ipairs(names[family]) do
      local piece = name .. (i < #names[family] and ', ' or '')
      if vim.fn.strwidth(line .. piece) > width and line ~= first and line ~= indent then
        lines[#lines + 1] = line:gsub('%s+$', '')
        line = indent
      end
      line = line .. piece
    end
    lines[#lines + 1] = line
  end
  if focused then
    vim.list_extend(lines, {
      '',
      ('Now: “%s” alone. Shades, from faint to strong: an activation of 0.25, 0.5, 0.75, 1.'):format(focused),
      ':PrismUnfocus shows every feature.',
    })
  else
    vim.list_extend(lines, {
      '',
      'A sentence shows its strongest feature, compared with ordinary prose.',
      'Shades, from faint to strong: the lower 90 % of sentences, the top 10, 3, 1 %.',
    })
  end
  lines[#lines + 1] = 'K explains a sentence, gra rewrites it.'
  return lines, families
end

---Open the window; q or Esc closes it.
function M.open()
  require('prism').features(function(features)
    local lines, families = M.lines(features, require('prism').state, math.min(76, vim.o.columns - 6))
    local options = { border = 'rounded', focus_id = 'prism', title = ' Prism ' }
    local buffer, window = vim.lsp.util.open_floating_preview(lines, '', options)
    local space = vim.api.nvim_create_namespace('prism')
    for row, family in pairs(families) do
      for level = 1, 4 do
        vim.api.nvim_buf_set_extmark(buffer, space, row - 1, (level - 1) * SWATCH, {
          end_col = level * SWATCH,
          hl_group = colors.group(family, level),
        })
      end
    end
    vim.keymap.set('n', '<Esc>', function()
      pcall(vim.api.nvim_win_close, window, true)
    end, { buffer = buffer, nowait = true })
  end)
end

return M
